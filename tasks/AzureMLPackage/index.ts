import { packageImage } from '../../core/operations/package.ts'
import { runTask } from '../run.ts'

await runTask(packageImage)
