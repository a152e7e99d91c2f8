import { show } from '../../core/operations/show.ts'
import { runAction } from '../run.ts'

await runAction(show)
