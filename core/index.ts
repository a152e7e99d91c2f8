import type { Operation } from './operation.ts'
import { deploy } from './operations/deploy.ts'
import { register } from './operations/register.ts'
import { remove } from './operations/remove.ts'
import { test } from './operations/test.ts'
import { update } from './operations/update.ts'
import { watch } from './operations/watch.ts'

export { nearest } from './config/nearest.ts'
export { InputError, RefusedError, type SourcePosition, UserError } from './errors.ts'
export type { Host, Log, Progress, Provenance, SignIn } from './host.ts'
export { type InputMeta, inputMeta } from './inputs.ts'
export { kebabCase } from './kebabCase.ts'
export { type Operation, type Outcome, runOperation } from './operation.ts'
export { SecretMask } from './secretMask.ts'
export { version } from './version.ts'
export { deploy, register, remove, test, update, watch }

/** Everything the pack can do, in the order of a model's life. */
export const operations: readonly Operation[] = [register, deploy, test, watch, update, remove]
