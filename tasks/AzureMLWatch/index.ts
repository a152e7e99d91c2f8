import { watch } from '../../core/operations/watch.ts'
import { runTask } from '../run.ts'

await runTask(watch)
