import { download } from '../../core/index.ts'
import { artifactInputs } from '../artifact.ts'
import { runTask } from '../run.ts'

await runTask(download, artifactInputs)
