import { test } from '../../core/operations/test.ts'
import { runTask } from '../run.ts'

await runTask(test)
