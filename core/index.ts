export { withoutCharts } from './charts.ts'
export { workspaceName } from './config/names.ts'
export { nearest } from './config/nearest.ts'
export { credentialFrom } from './environmentCredential.ts'
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
export { version } from './version.ts'
export { guid, workspaceInputs } from './workspaceInputs.ts'
