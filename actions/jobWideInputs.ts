import { kebabCase } from '../core/index.ts'

/**
 * Inputs that all steps of a job share, so that its `env` may say them once: `AZUREML_CD_WORKSPACE` for `workspace`,
 * as on the command line. No secret is among them, and nothing that says what one step is to do.
 */
export const jobWideInputs = [
  'subscriptionId',
  'resourceGroup',
  'workspace',
  'cloud',
  'apiVersion',
  'tenantId',
  'clientId',
  'auth',
] as const

/** `modelVersion` → `AZUREML_CD_MODEL_VERSION`. */
export function jobWideName(key: string): string {
  return `AZUREML_CD_${kebabCase(key).replaceAll('-', '_').toUpperCase()}`
}

/** What the job's `env` says of an input; undefined for inputs that it cannot say. */
export function jobWideInput(
  key: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (!jobWideInputs.some((shared) => shared === key)) return undefined
  return environment[jobWideName(key)]?.trim() || undefined
}
