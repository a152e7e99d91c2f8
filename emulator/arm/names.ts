import { badRequest } from '../armError.ts'

/** Throws `ArmError` 400 unless the name of a model, environment or other asset follows the rule of the specification. */
export function checkAssetName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/.test(name))
    throw badRequest(
      `The name "${name}" is not valid: it must start with a letter or digit and hold at most 255 letters, digits, dashes, dots and underscores.`,
    )
}

/** Throws `ArmError` 400 unless the name of an endpoint or deployment follows the rule: 3 to 32 letters, digits, dashes. */
export function checkServiceName(kind: 'endpoint' | 'deployment', name: string): void {
  if (name.length < 3 || name.length > 32 || !/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name))
    throw badRequest(
      `The ${kind} name "${name}" is not valid: it must have 3 to 32 characters, start with a letter, end with a letter or digit, and hold only letters, digits and dashes.`,
    )
}
