import { register } from '../../core/operations/register.ts'
import { runTask } from '../run.ts'

await runTask(register)
