import { keys } from '../../core/index.ts'
import { runAction } from '../run.ts'

await runAction(keys)
