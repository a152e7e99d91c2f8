import { watch } from '../../core/operations/watch.ts'
import { runAction } from '../run.ts'

await runAction(watch)
