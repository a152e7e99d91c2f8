import { deploy } from '../../core/operations/deploy.ts'
import { runTask } from '../run.ts'

await runTask(deploy)
