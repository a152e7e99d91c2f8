import { remove } from '../../core/operations/remove.ts'
import { runTask } from '../run.ts'

await runTask(remove)
