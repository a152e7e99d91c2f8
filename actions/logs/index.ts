import { logs } from '../../core/index.ts'
import { runAction } from '../run.ts'

await runAction(logs)
