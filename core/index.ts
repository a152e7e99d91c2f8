import type { Operation } from './operation.ts'
import { compute } from './operations/compute.ts'
import { deploy } from './operations/deploy.ts'
import { download } from './operations/download.ts'
import { keys } from './operations/keys.ts'
import { logs } from './operations/logs.ts'
import { packageImage } from './operations/package.ts'
import { profile } from './operations/profile.ts'
import { register } from './operations/register.ts'
import { remove } from './operations/remove.ts'
import { show } from './operations/show.ts'
import { test } from './operations/test.ts'
import { update } from './operations/update.ts'
import { watch } from './operations/watch.ts'

export type { LegacyFile } from './config/legacyKeys.ts'
export { type LegacyParameters, readLegacyParameters } from './config/legacyParameters.ts'
export { type ModelRegistered, readModelRegistered } from './config/modelRegistered.ts'
export { workspaceName } from './config/names.ts'
export { nearest } from './config/nearest.ts'
export { parseTriggerFile, type TriggerFile } from './config/triggerFile.ts'
export { assertNever, InputError, RefusedError, type SourcePosition, UserError } from './errors.ts'
export type { Host, Log, Progress, Provenance, SignIn } from './host.ts'
export {
  checkedText,
  choice,
  type InputMeta,
  inputMeta,
  list,
  optional,
  pairs,
  path,
  secretText,
  splitItems,
  text,
} from './inputs.ts'
export { kebabCase } from './kebabCase.ts'
export { defineLocalOperation, type Operation, type Outcome, runOperation } from './operation.ts'
export { plainText } from './plainText.ts'
export { progressText } from './progressText.ts'
export { SecretMask } from './secretMask.ts'
export { studioLink } from './studioLink.ts'
export { type Destination, DispatchError, type Order, type RunState, type Started } from './trigger/destination.ts'
export { openLedger } from './trigger/openLedger.ts'
export { nameTest } from './trigger/rules.ts'
export { type Explained, Triggers, type TriggersOptions } from './trigger/triggers.ts'
export { WakeUpFolder } from './trigger/wakeUpFolder.ts'
export type { WakeUp, WakeUps } from './trigger/wakeUps.ts'
export { version } from './version.ts'
export { guid, workspaceInputs } from './workspaceInputs.ts'
export { compute, deploy, download, keys, logs, packageImage, profile, register, remove, show, test, update, watch }

const byName = {
  register,
  package: packageImage,
  profile,
  deploy,
  test,
  watch,
  update,
  show,
  logs,
  keys,
  download,
  compute,
  remove,
} as const satisfies Record<string, Operation>

/** The operations' names, so that what a host adds to each cannot miss one. */
export type OperationName = keyof OperationsByName
export type OperationsByName = typeof byName

/** Everything the pack can do, in the order of a model's life. */
export const operations: readonly Operation[] = Object.values(byName)
