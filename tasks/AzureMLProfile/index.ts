import { profile } from '../../core/operations/profile.ts'
import { runTask } from '../run.ts'

await runTask(profile)
