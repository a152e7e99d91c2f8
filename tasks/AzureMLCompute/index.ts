import { compute } from '../../core/operations/compute.ts'
import { runTask } from '../run.ts'

await runTask(compute)
