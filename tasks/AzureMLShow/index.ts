import { show } from '../../core/operations/show.ts'
import { runTask } from '../run.ts'

await runTask(show)
