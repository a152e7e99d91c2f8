import { show } from '../../core/index.ts'
import { runTask } from '../run.ts'

await runTask(show)
