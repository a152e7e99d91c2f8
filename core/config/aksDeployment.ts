import type { RuleFault, Sparse } from './check.ts'
import type { Probe, RequestSettings, ServiceKeys } from './deploymentConfig.ts'
import { type DeploymentFile, readDeploymentFile, unhonoured } from './deploymentFile.ts'
import type { GivenDeployment } from './deploymentSchema.ts'
import { textsOf } from './deploymentTexts.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { deploymentName } from './names.ts'
import { completeProbe, fpgaWarnings, givenKeys, v1Defaults, v1RequestSettings } from './v1Deployment.ts'

/** What one replica may use. CPU in cores, memory in GiB. */
export interface ReplicaResources {
  readonly cpu?: number
  readonly memoryGiB?: number
  readonly gpu?: number
}

/** A service on a cluster (reference v1-surface.md 1.6, 1.7). What is undefined was not said. */
export interface AksDeploymentConfig {
  /** The attached cluster; an input of the operation may say it too. */
  readonly compute: string | undefined
  /** What the compute must be attached with. */
  readonly namespace: string | undefined
  readonly authMode: 'Key' | 'AMLToken' | 'AADToken'
  readonly keys: ServiceKeys | undefined
  /** One of the compute's; its default when undefined. */
  readonly instanceType: string | undefined
  readonly scale:
    | { readonly kind: 'fixed'; readonly replicas: number }
    | {
        readonly kind: 'autoscale'
        readonly minReplicas: number
        readonly maxReplicas: number
        readonly refreshPeriodSeconds: number
        readonly targetUtilization: number
      }
  readonly requests: ReplicaResources
  readonly limits: ReplicaResources
  readonly accelerators: Readonly<Record<string, number>>
  readonly requestSettings: Required<RequestSettings>
  readonly livenessProbe: Required<Probe>
  readonly readinessProbe: Required<Probe> | undefined
  readonly appInsightsEnabled: boolean
  readonly collectsData: boolean
  /** Of an endpoint with versions: this one's name and share; undefined for a service that has one version. */
  readonly version:
    | { readonly name: string | undefined; readonly trafficPercentile: number; readonly isDefault: boolean }
    | undefined
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | undefined
}

/** What holds where there is no deployment configuration at all; equal to v1's. */
export const defaultAksDeployment: AksDeploymentConfig = configOf({}, () => ({}))

const honoured = [
  ...['computeTargetName', 'namespace', 'authEnabled', 'authMode', 'tokenAuthEnabled', 'keys', 'instanceType'],
  ...['instanceCount', 'numReplicas', 'autoScaler', 'containerResourceRequirements', 'gpuCores', 'requestSettings'],
  ...['scoringTimeoutMs', 'maxConcurrentRequestsPerContainer', 'maxQueueWaitMs', 'livenessProbe', 'readinessProbe'],
  ...['livenessProbeRequirements', 'appInsightsEnabled', 'dataCollection.storageEnabled', 'versionName'],
  ...['trafficPercentile', 'isDefault', 'environmentVariables', 'tags', 'description'],
]

/** @throws InputError with every fault of the file */
export function aksDeploymentConfig(document: ConfigDocument): {
  readonly config: AksDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
} {
  const file = readDeploymentFile(document, aksRules)
  const { given } = file
  const config = configOf(given, (key) => textsOf(key, given, document))
  return { config, warnings: warningsOf(file) }
}

function configOf(
  given: GivenDeployment,
  texts: (key: 'environmentVariables' | 'tags') => Readonly<Record<string, string>>,
): AksDeploymentConfig {
  const { authMode = given.tokenAuthEnabled ? 'aml_token' : 'key' } = given
  return {
    compute: given.computeTargetName,
    namespace: given.namespace,
    authMode: { key: 'Key' as const, aml_token: 'AMLToken' as const, aad_token: 'AADToken' as const }[authMode],
    keys: givenKeys(given),
    instanceType: given.instanceType,
    scale: scaleOf(given),
    ...resourcesOf(given),
    requestSettings: v1RequestSettings(given),
    livenessProbe: completeProbe(given.livenessProbe ?? given.livenessProbeRequirements ?? {}, v1Defaults.liveness),
    readinessProbe:
      given.readinessProbe && completeProbe(given.readinessProbe, { ...v1Defaults.liveness, initialDelaySeconds: 10 }),
    appInsightsEnabled: given.appInsightsEnabled ?? false,
    collectsData: given.dataCollection?.storageEnabled ?? false,
    version: versionOf(given),
    ...{ environmentVariables: texts('environmentVariables'), tags: texts('tags'), description: given.description },
  }
}

function scaleOf({ autoScaler = {}, numReplicas, instanceCount }: GivenDeployment): AksDeploymentConfig['scale'] {
  const replicas = numReplicas ?? instanceCount
  if (replicas !== undefined) return { kind: 'fixed', replicas }
  return {
    kind: 'autoscale',
    minReplicas: autoScaler.minReplicas ?? v1Defaults.minReplicas,
    maxReplicas: autoScaler.maxReplicas ?? v1Defaults.maxReplicas,
    refreshPeriodSeconds: autoScaler.refreshPeriodInSeconds ?? v1Defaults.refreshPeriodSeconds,
    targetUtilization: autoScaler.targetUtilization ?? v1Defaults.targetUtilization,
  }
}

/** An instance type of the compute says what a replica may use, so that v1's small defaults hold only without one. */
function resourcesOf({ containerResourceRequirements = {}, gpuCores, instanceType }: GivenDeployment) {
  const {
    cpu,
    memoryInGB,
    cpuLimit,
    memoryInGBLimit,
    gpu = gpuCores,
    accelerators = {},
  } = containerResourceRequirements
  const fallback = instanceType === undefined ? v1Defaults : { cpu: undefined, memoryGiB: undefined }
  const gpus = gpu === undefined || gpu === 0 ? {} : { gpu }
  return {
    requests: resources({ cpu: cpu ?? fallback.cpu, memoryGiB: memoryInGB ?? fallback.memoryGiB, ...gpus }),
    limits: resources({ cpu: cpuLimit, memoryGiB: memoryInGBLimit, ...gpus }),
    accelerators,
  }
}

function resources({
  cpu,
  memoryGiB,
  gpu,
}: { readonly [K in keyof ReplicaResources]: ReplicaResources[K] | undefined }): ReplicaResources {
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryGiB === undefined ? {} : { memoryGiB }),
    ...(gpu === undefined ? {} : { gpu }),
  }
}

function versionOf(given: GivenDeployment): AksDeploymentConfig['version'] {
  const { versionName: name, trafficPercentile, isDefault = false, computeType } = given
  const isVersioned = computeType?.toLowerCase() === 'aksendpoint'
  if (!isVersioned && name === undefined && trafficPercentile === undefined) return undefined
  return { name, trafficPercentile: trafficPercentile ?? 0, isDefault }
}

function aksRules(given: Sparse<GivenDeployment>): RuleFault[] {
  const faults: RuleFault[] = []
  const fault = (path: ValuePath, message: string) => faults.push({ path, message })
  const { namespace, versionName, trafficPercentile, containerResourceRequirements = {} } = given
  if (namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    fault(
      ['namespace'],
      `"${namespace.slice(0, 70)}" was given; 1 to 63 lower-case letters, digits and "-", with a letter or digit at both ends, are allowed.`,
    )
  if (versionName !== undefined && !deploymentName.safeParse(versionName).success)
    fault(
      ['versionName'],
      `"${versionName.slice(0, 70)}" was given; 3 to 32 letters, digits or "-", first a letter and last a letter or digit, are allowed.`,
    )
  if (trafficPercentile !== undefined && !Number.isInteger(trafficPercentile))
    fault(['trafficPercentile'], `${trafficPercentile} was given; online endpoints split traffic in whole per cent.`)
  const { cpu, cpuLimit, memoryInGB, memoryInGBLimit } = containerResourceRequirements
  const above = (key: string, least: number | undefined, limit: number | undefined) => {
    if (least !== undefined && limit !== undefined && least > limit)
      fault(
        ['containerResourceRequirements', `${key}Limit`],
        `The limit, ${limit}, is below what is asked for, ${least}.`,
      )
  }
  above('cpu', cpu, cpuLimit)
  above('memoryInGB', memoryInGB, memoryInGBLimit)
  return faults
}

function warningsOf(file: DeploymentFile): ConfigWarning[] {
  const { given, document } = file
  const warnings: ConfigWarning[] = []
  const warn = (path: ValuePath, message: string) =>
    warnings.push({ message, position: { file: document.file, line: document.line(path) } })
  if (given.authEnabled === false && given.tokenAuthEnabled !== true)
    warn(['authEnabled'], 'An online endpoint never answers without authentication; this one will ask for a key.')
  if (given.sslEnabled || given.sslCertificate !== undefined || given.sslKey !== undefined)
    warn(
      [given.sslEnabled ? 'sslEnabled' : given.sslCertificate === undefined ? 'sslKey' : 'sslCertificate'],
      'TLS on AKS is a matter of the whole cluster: give the certificate to the operation compute when the extension is installed.',
    )
  const ssl = ['sslEnabled', 'sslCertificate', 'sslKey', 'cname']
  return [...warnings, ...fpgaWarnings(file), ...unhonoured(file, [...honoured, ...ssl], 'A service on AKS')]
}
