import type { DeploymentSpec } from '../workspace/deployment.ts'
import type { Service } from '../workspace/service.ts'
import { journalIn, promotedTag, rolloutTag } from './journal.ts'
import type { Live } from './plan.ts'

/** The service as planning sees it, given the deployment that is wanted. */
export function liveOf({ endpoint, deployments }: Service, wanted: DeploymentSpec): Live {
  return {
    traffic: endpoint.traffic,
    journal: journalIn(endpoint.tags),
    promoted: endpoint.tags[promotedTag],
    deployments: deployments.map((deployment) => ({
      name: deployment.name,
      wanted: isAsWanted(deployment, wanted),
      ready: deployment.provisioningState === 'Succeeded',
      rolloutId: deployment.tags[rolloutTag],
    })),
  }
}

export const compared: readonly (keyof DeploymentSpec)[] = [
  'computeType',
  'model',
  'modelMountPath',
  'environmentId',
  'codeId',
  'scoringScript',
  'environmentVariables',
  'instanceType',
  'instanceCount',
  'scaleSettings',
  'requestSettings',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'appInsightsEnabled',
  'description',
]

/** Whether a deployment has every setting that is wanted; what is not asked for may be as the service likes it. */
export function isAsWanted(deployment: DeploymentSpec, wanted: DeploymentSpec): boolean {
  return compared.every((key) => contains(deployment[key], wanted[key]))
}

/** ARM ids and enumerations are compared without regard to case, as ARM does. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'string' && typeof live === 'string') return live.toLowerCase() === wanted.toLowerCase()
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  if (typeof live !== 'object' || live === null) return Object.keys(wanted).length === 0
  const found = new Map(Object.entries(live))
  return Object.entries(wanted).every(([key, value]) => contains(found.get(key), value))
}
