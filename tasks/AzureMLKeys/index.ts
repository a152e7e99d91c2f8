import { keys } from '../../core/index.ts'
import { runTask } from '../run.ts'

await runTask(keys)
