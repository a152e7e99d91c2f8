import { keys } from '../../core/operations/keys.ts'
import { runAction } from '../run.ts'

await runAction(keys)
