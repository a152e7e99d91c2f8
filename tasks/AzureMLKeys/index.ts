import { keys } from '../../core/operations/keys.ts'
import { runTask } from '../run.ts'

await runTask(keys)
