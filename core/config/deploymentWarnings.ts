import { type GivenDeployment, keysWithoutEffect } from './deploymentSchema.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'
import { fpgaWarnings } from './v1Deployment.ts'

/** What of a deployment configuration is not done as written, each with the key's line. */
export function deploymentWarnings(given: GivenDeployment, document: ConfigDocument): ConfigWarning[] {
  const warnings: ConfigWarning[] = []
  const warn = (path: ValuePath, message: string) =>
    warnings.push({ message, position: { file: document.file, line: document.line(path) } })

  if (given.computeType !== undefined && given.computeType.toLowerCase() !== 'managed')
    warn(
      ['computeType'],
      `This file was written for ${given.computeType}; the service is put on a managed endpoint, as the target says.`,
    )
  const resources = given.containerResourceRequirements
  const sizes = resources && [resources.cpu, resources.memoryInGB, resources.cpuLimit, resources.memoryInGBLimit]
  if (sizes?.some((size) => size !== undefined))
    warn(
      ['containerResourceRequirements'],
      'On a managed endpoint the instanceType decides about CPU and memory; cpu and memoryInGB are not read.',
    )
  if (given.gpuCores !== undefined && given.gpuCores > 0)
    warn(['gpuCores'], 'On a managed endpoint the instanceType decides about GPUs; gpuCores is not read.')
  if (given.autoScaler !== undefined && given.autoScaler.autoscaleEnabled !== false && given.numReplicas === undefined)
    warn(
      ['autoScaler'],
      `A managed endpoint is scaled by autoscale rules of Azure Monitor, not by its deployment; it starts with ${given.autoScaler.minReplicas ?? 1} and stays there until such rules exist.`,
    )
  if (given.authEnabled === false && given.tokenAuthEnabled !== true)
    warn(['authEnabled'], 'A managed endpoint never answers without authentication; this one will ask for a key.')
  return [...warnings, ...fpgaWarnings({ given, document }), ...ignoredKeysWarning(document, keysWithoutEffect)]
}
