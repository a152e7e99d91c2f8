import { deploy } from '../../core/operations/deploy.ts'
import { runAction } from '../run.ts'

await runAction(deploy)
