import { profile } from '../../core/operations/profile.ts'
import { runAction } from '../run.ts'

await runAction(profile)
