import { update } from '../../core/operations/update.ts'
import { runAction } from '../run.ts'

await runAction(update)
