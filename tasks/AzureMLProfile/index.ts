import { profile } from '../../core/index.ts'
import { runTask } from '../run.ts'

await runTask(profile)
