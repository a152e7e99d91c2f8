import { download } from '../../core/operations/download.ts'
import { runTask } from '../run.ts'

await runTask(download)
