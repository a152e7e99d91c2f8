import { register } from '../../core/index.ts'
import { runTask } from '../run.ts'

await runTask(register)
