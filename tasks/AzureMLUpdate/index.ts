import { update } from '../../core/operations/update.ts'
import { runTask } from '../run.ts'

await runTask(update)
