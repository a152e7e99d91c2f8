import { durationMilliseconds } from '../config/duration.ts'
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
      deleting: deployment.provisioningState === 'Deleting',
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

/** Of a deployment: a digest of every setting that was asked for, so that a setting that is asked for no more shows. */
export const settingsTag = 'azureml-cd.settings'

/** Whether a deployment has every setting that is wanted; what is not asked for may be as the service likes it. */
export function isAsWanted(deployment: DeploymentSpec, wanted: DeploymentSpec): boolean {
  const [made, asked] = [deployment.tags?.[settingsTag], wanted.tags?.[settingsTag]]
  if (made !== undefined && asked !== undefined && made !== asked) return false
  if (!contains(egressOf(deployment), egressOf(wanted), 'egressPublicNetworkAccess')) return false
  if (!contains(clusterSettingsOf(deployment), clusterSettingsOf(wanted), 'clusterSettings')) return false
  return compared.every((key) => contains(deployment[key], wanted[key], key))
}

/**
 * The candidate under a name that it can have: that of the rollout under way when that is making the same, and another
 * one when its own is taken by a deployment that was changed by hand since.
 */
export function withFreeName(candidate: DeploymentSpec, { endpoint, deployments }: Service): DeploymentSpec {
  const underWay = journalIn(endpoint.tags)?.candidate
  const same = deployments.find(({ name }) => name === underWay)
  if (same && isAsWanted(same, candidate)) return { ...candidate, name: same.name }
  const free = (name: string) => deployments.every((other) => other.name !== name || isAsWanted(other, candidate))
  let { name } = candidate
  for (let number = 2; !free(name); number += 1) name = `${candidate.name}-${number}`
  return { ...candidate, name }
}

/** Whether a deployment may reach the internet; a setting that only managed endpoints have. */
export function egressOf({ raw }: DeploymentSpec): unknown {
  return raw?.egressPublicNetworkAccess
}

/** What a replica on a cluster may use, and what is collected of its data; undefined where neither was said. */
export function clusterSettingsOf({ raw = {} }: DeploymentSpec): Readonly<Record<string, unknown>> | undefined {
  const { containerResourceRequirements, dataCollector } = raw
  if (containerResourceRequirements === undefined && dataCollector === undefined) return undefined
  return { containerResourceRequirements, dataCollector }
}

/** What ARM compares without regard to case. */
export const caseless: ReadonlySet<string> = new Set([
  ...['computeType', 'model', 'environmentId', 'codeId', 'instanceType', 'scaleType', 'egressPublicNetworkAccess'],
  // Of batch deployments.
  ...['compute', 'outputAction', 'loggingLevel'],
])

/** Whether a value that was read has everything that is wanted of it; what is not asked for may be anything. */
export function contains(live: unknown, wanted: unknown, key: string): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'string' && typeof live === 'string') return sameText(live, wanted, key)
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  const found = new Map(Object.entries(Object(live)))
  // A variable that is asked for no more must go: scripts look whether one is there.
  if (key === 'environmentVariables' && found.size !== Object.keys(wanted).length) return false
  return Object.entries(wanted).every(([inner, value]) => contains(found.get(inner), value, inner))
}

/** Durations are equal when they are as long, whatever their spelling: services answer `PT1M` for `PT60S`. */
function sameText(live: string, wanted: string, key: string): boolean {
  if (live === wanted) return true
  if (caseless.has(key)) return live.toLowerCase() === wanted.toLowerCase()
  const [a, b] = [durationMilliseconds(live), durationMilliseconds(wanted)]
  return a !== undefined && a === b
}
