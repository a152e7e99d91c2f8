import { remove } from '../../core/operations/remove.ts'
import { runAction } from '../run.ts'

await runAction(remove)
