import { register } from '../../core/operations/register.ts'
import { runAction } from '../run.ts'

await runAction(register)
