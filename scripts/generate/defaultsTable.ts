import { durationMilliseconds } from '../../core/config/duration.ts'
import { parseTargetDeployment, type TargetConfigs } from '../../core/config/targetDeployment.ts'

type Value = string | number | boolean | undefined

/** What a key is when a file does not have it: in v1 (reference v1-surface.md 1.4 to 1.7), and here. */
export interface DefaultRow {
  readonly key: string
  readonly v1: { readonly local?: Value; readonly aci?: Value; readonly aks?: Value }
  readonly here: { readonly [T in Target]?: Value }
  /** What stands for a value that the target leaves open. */
  readonly open?: string
  /** Why here is something else than in v1. */
  readonly difference?: string
}

type Target = 'local' | 'aci' | 'aks' | 'managed'
export const targetsWithDefaults: readonly Target[] = ['local', 'aci', 'aks', 'managed']

/** What the product makes of a file that says nothing but where the service lives. */
function configOf<T extends Target>(target: T): TargetConfigs[T] {
  const { deployment } = parseTargetDeployment({ file: 'd.json', text: `{"computeType": "${target}"}` }, target)
  const configs: Partial<TargetConfigs> = { [deployment.target]: deployment.config }
  const config = configs[target]
  if (config === undefined) throw new Error(`The target ${target} has no defaults.`)
  return config
}

const seconds = (iso: string | undefined) => (iso === undefined ? undefined : (durationMilliseconds(iso) ?? 0) / 1000)

/** Every key of which v1 stated a default, from the product's own code. */
export function defaultRows(): readonly DefaultRow[] {
  const local = configOf('local')
  const aci = configOf('aci')
  const aks = configOf('aks')
  const managed = configOf('managed')
  const scale = aks.scale.kind === 'autoscale' ? aks.scale : undefined
  const probe = (key: 'initialDelay' | 'period' | 'timeout') => ({
    aks: seconds(aks.livenessProbe[key]),
    managed: seconds(managed.livenessProbe?.[key]),
  })
  const milliseconds = (iso: string | undefined) => (iso === undefined ? undefined : durationMilliseconds(iso))
  return [
    { key: 'port', v1: { local: undefined }, here: { local: local.port }, open: 'a free one' },
    {
      key: 'containerResourceRequirements.cpu',
      v1: { aci: 0.1, aks: 0.1 },
      here: { aci: aci.cpu, aks: aks.requests.cpu },
    },
    {
      key: 'containerResourceRequirements.memoryInGB',
      v1: { aci: 0.5, aks: 0.5 },
      here: { aci: aci.memoryGiB, aks: aks.requests.memoryGiB },
    },
    {
      key: 'containerResourceRequirements.cpuLimit, memoryInGBLimit',
      v1: { aks: undefined },
      here: { aks: aks.limits.cpu },
      open: 'none',
    },
    {
      key: 'gpuCores',
      v1: { aks: 1 },
      here: { aci: aci.gpu, aks: aks.requests.gpu },
      open: 'none',
      difference:
        'the documentation of v1 said 1, its last SDK 0: a service that asks for no GPU gets none, or it could not be placed on machines without',
    },
    { key: 'location', v1: { aci: undefined }, here: { aci: aci.location }, open: 'the workspace’s' },
    {
      key: 'authEnabled',
      v1: { local: false, aci: false, aks: true },
      here: {
        local: false,
        aci: aci.authentication === 'key',
        aks: aks.authMode === 'Key',
        managed: managed.authMode === 'Key',
      },
    },
    {
      key: 'tokenAuthEnabled',
      v1: { aks: false },
      here: { aci: false, aks: aks.authMode === 'AMLToken', managed: managed.authMode === 'AMLToken' },
    },
    {
      key: 'keys',
      v1: { aci: undefined, aks: undefined },
      here: { aci: aci.keys?.primaryKey, aks: aks.keys?.primaryKey, managed: managed.keys?.primaryKey },
      open: 'made up',
    },
    { key: 'sslEnabled', v1: { aci: false }, here: { aci: aci.tls !== undefined } },
    { key: 'dnsNameLabel', v1: { aci: undefined }, here: { aci: aci.dnsNameLabel }, open: 'made up' },
    {
      key: 'appInsightsEnabled',
      v1: { aci: false, aks: false },
      here: { aci: aci.appInsightsEnabled, aks: aks.appInsightsEnabled, managed: managed.appInsightsEnabled ?? false },
    },
    {
      key: 'dataCollection.storageEnabled',
      v1: { aci: false, aks: false },
      here: { aci: aci.collectsData, aks: aks.collectsData, managed: managed.collectsData },
    },
    { key: 'autoScaler.autoscaleEnabled', v1: { aks: true }, here: { aks: scale !== undefined, managed: false } },
    {
      key: 'autoScaler.minReplicas',
      v1: { aks: 1 },
      here: { aks: scale?.minReplicas, managed: managed.instanceCount },
    },
    { key: 'autoScaler.maxReplicas', v1: { aks: 10 }, here: { aks: scale?.maxReplicas } },
    { key: 'autoScaler.refreshPeriodInSeconds', v1: { aks: 1 }, here: { aks: scale?.refreshPeriodSeconds } },
    { key: 'autoScaler.targetUtilization', v1: { aks: 70 }, here: { aks: scale?.targetUtilization } },
    {
      key: 'scoringTimeoutMs',
      v1: { aks: 60_000 },
      here: {
        ...{ local: local.scoringTimeoutMs, aci: aci.scoringTimeoutMs },
        aks: milliseconds(aks.requestSettings.requestTimeout),
        managed: milliseconds(managed.requestSettings?.requestTimeout),
      },
      open: 'the server’s or Azure’s',
    },
    {
      key: 'maxConcurrentRequestsPerContainer',
      v1: { aks: 1 },
      here: {
        aks: aks.requestSettings.maxConcurrentRequestsPerInstance,
        managed: managed.requestSettings?.maxConcurrentRequestsPerInstance,
      },
      open: 'Azure’s',
    },
    {
      key: 'maxQueueWaitMs',
      v1: { aks: 500 },
      here: {
        aks: milliseconds(aks.requestSettings.maxQueueWait),
        managed: milliseconds(managed.requestSettings?.maxQueueWait),
      },
      open: 'Azure’s',
    },
    {
      key: 'livenessProbeRequirements.initialDelaySeconds',
      v1: { aks: 310 },
      here: probe('initialDelay'),
      open: 'Azure’s',
    },
    { key: 'livenessProbeRequirements.periodSeconds', v1: { aks: 10 }, here: probe('period'), open: 'Azure’s' },
    { key: 'livenessProbeRequirements.timeoutSeconds', v1: { aks: 2 }, here: probe('timeout'), open: 'Azure’s' },
    {
      key: 'livenessProbeRequirements.successThreshold',
      v1: { aks: 1 },
      here: { aks: aks.livenessProbe.successThreshold, managed: managed.livenessProbe?.successThreshold },
      open: 'Azure’s',
    },
    {
      key: 'livenessProbeRequirements.failureThreshold',
      v1: { aks: 3 },
      here: { aks: aks.livenessProbe.failureThreshold, managed: managed.livenessProbe?.failureThreshold },
      open: 'Azure’s',
    },
    { key: 'namespace', v1: { aks: undefined }, here: { aks: aks.namespace }, open: 'the compute’s' },
    { key: 'trafficPercentile (of a version)', v1: { aks: 0 }, here: { aks: versionShare() } },
    { key: 'restartPolicy', v1: {}, here: { aci: aci.restartPolicy } },
    {
      key: 'instanceType',
      v1: {},
      here: { aks: aks.instanceType, managed: managed.instanceType },
      open: 'the cluster’s',
    },
  ]
}

function versionShare(): number | undefined {
  const text = '{"computeType": "AKSENDPOINT", "versionName": "blue"}'
  const { deployment } = parseTargetDeployment({ file: 'd.json', text }, undefined)
  return deployment.target === 'aks' ? deployment.config.version?.trafficPercentile : undefined
}

/** The defaults of every target beside v1's, and what is different. */
export function defaultsSection(): readonly string[] {
  const rows = defaultRows()
  const shown = (values: DefaultRow['here'], target: Target, open: string) =>
    target in values ? String(values[target] ?? open) : ''
  return [
    '## Defaults',
    '',
    'What a deployment configuration means that does not have a key: in v1, where that stated it, and on each target. Batch',
    'deployments have words of their own.',
    '',
    '| key | v1: local, ACI, AKS | local | aci | aks | managed |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ key, v1, here, open = '' }) => {
      const before = (['local', 'aci', 'aks'] as const).map((target) => shown(v1, target, open) || '–').join(', ')
      return `| \`${key}\` | ${before} | ${targetsWithDefaults.map((target) => shown(here, target, open)).join(' | ')} |`
    }),
    '',
    'Different from v1:',
    '',
    ...rows.flatMap(({ key, difference }) => (difference === undefined ? [] : [`- \`${key}\`: ${difference}.`])),
    '- `authEnabled: false` is not possible on AKS and on managed endpoints: an online endpoint always asks for a key or a token.',
    '- `containerResourceRequirements` of AKS hold only without an `instanceType`, which says itself what a replica may use.',
    '- A container group of ACI has at least 1 CPU and 1 GB: what the scoring server does not ask for is the gate’s.',
    '',
  ]
}
