import { invoke } from '../../core/operations/invoke.ts'
import { runAction } from '../run.ts'

await runAction(invoke)
