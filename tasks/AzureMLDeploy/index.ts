import { deploy } from '../../core/index.ts'
import { runTask } from '../run.ts'

await runTask(deploy)
