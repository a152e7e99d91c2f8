import { show } from '../../core/index.ts'
import { runAction } from '../run.ts'

await runAction(show)
