import { packageImage } from '../../core/operations/package.ts'
import { runAction } from '../run.ts'

await runAction(packageImage)
