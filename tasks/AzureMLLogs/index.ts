import { logs } from '../../core/operations/logs.ts'
import { runTask } from '../run.ts'

await runTask(logs)
