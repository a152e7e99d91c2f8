import { compute } from '../../core/operations/compute.ts'
import { runAction } from '../run.ts'

await runAction(compute)
