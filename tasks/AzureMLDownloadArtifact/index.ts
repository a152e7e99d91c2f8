import { download } from '../../core/operations/download.ts'
import { artifactInputs } from '../artifact.ts'
import { runTask } from '../run.ts'

await runTask(download, artifactInputs)
