import { z } from 'zod'

interface NameRule {
  readonly pattern: RegExp
  /** Follows the name of an input or key in a message. */
  readonly message: string
}

/** Azure ML's rules for names, as it states them (reference azureml-api.md 3.0, v1-surface.md 3.1). */
export const nameRules = {
  workspace: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/,
    message:
      'must be 3 to 33 letters, digits, "-" or "_" and start with a letter or digit, as Azure ML names workspaces',
  },
  model: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
    message: 'must be 1 to 255 letters, digits, "-" or "_" and start with a letter or digit, as Azure ML names models',
  },
  /** Models that were registered with v1 may have dots in their names. */
  registeredModel: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}$/,
    message:
      'must be 1 to 255 letters, digits, "-", "_" or "." and start with a letter or digit, as Azure ML names models',
  },
  asset: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/,
    message: 'must be 1 to 255 letters, digits, "-" or "_" and start with a letter or digit, as Azure ML names assets',
  },
  endpoint: {
    pattern: /^(?=.{3,32}$)[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
    message:
      'must be 3 to 32 letters, digits or "-", start with a letter and end with a letter or digit, as Azure ML names endpoints',
  },
  /** The REST surface takes more, but Azure ML's clients and its quota page hold deployments to the endpoints' rule. */
  deployment: {
    pattern: /^(?=.{3,32}$)[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
    message:
      'must be 3 to 32 letters, digits or "-", start with a letter and end with a letter or digit, as Azure ML names deployments',
  },
} as const satisfies Record<string, NameRule>

export type NameKind = keyof typeof nameRules

function nameSchema({ pattern, message }: NameRule) {
  return z.string(message).regex(pattern, message)
}

export const workspaceName = nameSchema(nameRules.workspace)
/** The name a model is to be registered under. */
export const modelName = nameSchema(nameRules.model)
/** The name of a model that exists already. */
export const registeredModelName = nameSchema(nameRules.registeredModel)
export const assetName = nameSchema(nameRules.asset)
export const endpointName = nameSchema(nameRules.endpoint)
export const deploymentName = nameSchema(nameRules.deployment)

/** Why a name is not allowed, as a whole sentence with the name in it; undefined when it is allowed. */
export function nameFault(kind: NameKind, name: string): string | undefined {
  const { pattern, message } = nameRules[kind]
  return pattern.test(name) ? undefined : `The name ${JSON.stringify(name.slice(0, 300))} ${message}.`
}
