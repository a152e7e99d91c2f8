import { test } from '../../core/operations/test.ts'
import { runAction } from '../run.ts'

await runAction(test)
