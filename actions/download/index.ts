import { download } from '../../core/operations/download.ts'
import { runAction } from '../run.ts'

await runAction(download)
