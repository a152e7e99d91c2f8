import type { RuleFault, Sparse } from './check.ts'
import type { GivenDeployment } from './deploymentSchema.ts'
import { shown, type ValuePath } from './faults.ts'
import { nearest } from './nearest.ts'

type Given = Sparse<GivenDeployment>

/** Where a v1 file was written for; all of these are read as a wish for a managed endpoint. */
const v1ComputeTypes = ['aci', 'aks', 'aksendpoint']
const computeTypes = ['managed', ...v1ComputeTypes]

/** What must hold between the keys of a deployment configuration for a managed endpoint. */
export function deploymentRules(given: Given): RuleFault[] {
  return [...computeTypeRules(given), ...rulesOfEveryTarget(given)]
}

/** What must hold between the keys wherever the service is to live (reference v1-surface.md 1.5, 1.6). */
export function rulesOfEveryTarget(given: Given): RuleFault[] {
  return [
    ...scaleRules(given),
    ...authenticationRules(given),
    ...sameThingRules(given),
    ...together(given, ['vaultBaseUrl', 'keyName', 'keyVersion']),
    ...together(given, ['vnetName', 'subnetName']),
    ...tlsRules(given),
  ]
}

function fault(path: ValuePath, message: string): RuleFault {
  return { path, message }
}

function computeTypeRules({ computeType }: Given): RuleFault[] {
  if (computeType === undefined || computeTypes.includes(computeType.toLowerCase())) return []
  const meant = nearest(computeType, computeTypes)
  const hint = meant === undefined ? '"managed", and of v1 "ACI" and "AKS", are allowed' : `did you mean "${meant}"`
  return [
    fault(
      ['computeType'],
      `${shown(computeType)} was given for a managed endpoint; ${hint}${meant === undefined ? '.' : '?'}`,
    ),
  ]
}

function scaleRules({ autoScaler = {}, numReplicas }: Given): RuleFault[] {
  const { autoscaleEnabled, minReplicas, maxReplicas } = autoScaler
  const faults: RuleFault[] = []
  const settings = Object.keys(autoScaler).filter((key) => key !== 'autoscaleEnabled')
  if (autoscaleEnabled === true && numReplicas !== undefined)
    faults.push(
      fault(
        ['numReplicas'],
        `${numReplicas} was given while autoScaler.autoscaleEnabled is true; one of them is allowed.`,
      ),
    )
  if (autoscaleEnabled === false && numReplicas === undefined)
    faults.push(
      fault(['autoScaler', 'autoscaleEnabled'], 'False was given without numReplicas; numReplicas is required then.'),
    )
  const isOff = autoscaleEnabled === false || (autoscaleEnabled === undefined && numReplicas !== undefined)
  if (isOff && settings.length > 0)
    faults.push(
      fault(
        ['autoScaler'],
        `Autoscaling is off, but ${settings.join(', ')} ${settings.length > 1 ? 'were' : 'was'} given; set autoscaleEnabled to true or leave them out.`,
      ),
    )
  const [least, most] = [minReplicas ?? 1, maxReplicas ?? 10]
  if (least > most)
    faults.push(
      fault(
        ['autoScaler', minReplicas === undefined ? 'maxReplicas' : 'minReplicas'],
        `The least number of replicas, ${least}, is above the most, ${most}${maxReplicas === undefined ? ', which is the default' : ''}.`,
      ),
    )
  return faults
}

function authenticationRules({ authMode, authEnabled, tokenAuthEnabled, keys }: Given): RuleFault[] {
  const faults: RuleFault[] = []
  if (authEnabled === true && tokenAuthEnabled === true)
    faults.push(fault(['tokenAuthEnabled'], 'Both authEnabled and tokenAuthEnabled are true; one of them is allowed.'))
  if (authMode !== undefined)
    for (const [key, value] of Object.entries({ authEnabled, tokenAuthEnabled }))
      if (value !== undefined)
        faults.push(fault([key], `Both this key and authMode were given; authMode alone is enough.`))
  const usesTokens =
    (authMode !== undefined && authMode !== 'key') || (tokenAuthEnabled === true && authEnabled !== true)
  if (keys !== undefined && usesTokens)
    faults.push(
      fault(['keys'], 'Keys were given, but the service takes tokens; leave them out, or set authMode to "key".'),
    )
  return faults
}

/** Managed words and v1 words for the same thing. */
function sameThingRules(given: Given): RuleFault[] {
  const pairs = [
    ['numReplicas', given.numReplicas, 'instanceCount', given.instanceCount],
    ['autoScaler', given.autoScaler, 'instanceCount', given.instanceCount],
    [
      'scoringTimeoutMs',
      given.scoringTimeoutMs,
      'requestSettings.requestTimeoutMs',
      given.requestSettings?.requestTimeoutMs,
    ],
    [
      'maxConcurrentRequestsPerContainer',
      given.maxConcurrentRequestsPerContainer,
      'requestSettings.maxConcurrentRequestsPerInstance',
      given.requestSettings?.maxConcurrentRequestsPerInstance,
    ],
    ['maxQueueWaitMs', given.maxQueueWaitMs, 'requestSettings.maxQueueWaitMs', given.requestSettings?.maxQueueWaitMs],
    ['livenessProbeRequirements', given.livenessProbeRequirements, 'livenessProbe', given.livenessProbe],
  ] as const
  return pairs.flatMap(([old, oldValue, current, currentValue]) =>
    oldValue === undefined || currentValue === undefined
      ? []
      : [fault([old], `Both this key and ${current} were given, which mean the same; ${current} alone is enough.`)],
  )
}

function together(given: Given, keys: readonly (keyof GivenDeployment)[]): RuleFault[] {
  const present = keys.filter((key) => given[key] !== undefined)
  const [first] = present
  if (first === undefined || present.length === keys.length) return []
  const missing = keys.filter((key) => given[key] === undefined)
  return [fault([first], `It was given without ${missing.join(' and ')}; ${keys.join(', ')} are required together.`)]
}

function tlsRules(given: Given): RuleFault[] {
  if (given.sslEnabled !== true || given.computeType?.toLowerCase() !== 'aci') return []
  const missing = (['sslCertificate', 'sslKey', 'cname'] as const).filter((key) => given[key] === undefined)
  return missing.length === 0 ? [] : [fault(['sslEnabled'], `True was given without ${missing.join(' and ')}.`)]
}
