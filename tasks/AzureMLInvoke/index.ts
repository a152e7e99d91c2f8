import { invoke } from '../../core/operations/invoke.ts'
import { runTask } from '../run.ts'

await runTask(invoke)
