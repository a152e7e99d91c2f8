import { compute } from '../../core/index.ts'
import { runAction } from '../run.ts'

await runAction(compute)
