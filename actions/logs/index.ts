import { logs } from '../../core/operations/logs.ts'
import { runAction } from '../run.ts'

await runAction(logs)
