import { z } from 'zod'
import {
  anyText,
  anything,
  booleanField,
  positiveNumber,
  section,
  textField,
  textMap,
  wholeNumber,
  word,
} from './fields.ts'

/** The longest a managed endpoint lets a request take (Azure ML's documentation of `request_timeout_ms`). */
export const longestRequestMs = 180_000

/** Nothing a probe waits for takes longer than a day. */
const longestSeconds = 86_400

const probe = section({
  initialDelaySeconds: wholeNumber(0, longestSeconds).optional(),
  periodSeconds: wholeNumber(1, longestSeconds).optional(),
  timeoutSeconds: wholeNumber(1, longestSeconds).optional(),
  successThreshold: wholeNumber(1).optional(),
  failureThreshold: wholeNumber(1).optional(),
})

const requestSettings = section({
  requestTimeoutMs: wholeNumber(1, longestRequestMs).optional(),
  maxConcurrentRequestsPerInstance: wholeNumber(1).optional(),
  maxQueueWaitMs: wholeNumber(0, longestRequestMs).optional(),
})

/** Names of extended resources, such as `nvidia.com/gpu`, and how many of each. */
const accelerators = z.record(
  z
    .string()
    .regex(/^[a-z0-9.-]+\/[a-zA-Z0-9._-]+$/, 'the name of an extended resource, such as "amd.com/gpu", is allowed'),
  wholeNumber(1),
  'an object of numbers is allowed',
)

const serviceKeys = section({ primaryKey: textField.optional(), secondaryKey: textField.optional() })

/** What a managed deployment is asked for by, in its own words. */
const managedKeys = {
  computeType: textField.optional(),
  instanceType: textField.optional(),
  instanceCount: wholeNumber(1).optional(),
  authMode: word(['key', 'aml_token', 'aad_token']).optional(),
  requestSettings: requestSettings.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  appInsightsEnabled: booleanField.optional(),
  publicNetworkAccess: word(['enabled', 'disabled']).optional(),
  egressPublicNetworkAccess: word(['enabled', 'disabled']).optional(),
  environmentVariables: textMap.optional(),
  tags: textMap.optional(),
  description: anyText.optional(),
  keys: serviceKeys.optional(),
}

const percentAllowed = 'a number from 0 to 100 is allowed'

/** What v1 says of a service on ACI or AKS (reference v1-surface.md 1.5 to 1.7). */
const v1Keys = {
  authEnabled: booleanField.optional(),
  tokenAuthEnabled: booleanField.optional(),
  containerResourceRequirements: section({
    cpu: positiveNumber.optional(),
    memoryInGB: positiveNumber.optional(),
    cpuLimit: positiveNumber.optional(),
    memoryInGBLimit: positiveNumber.optional(),
    gpu: wholeNumber(0).optional(),
    fpga: anything,
    accelerators: accelerators.optional(),
  }).optional(),
  gpuCores: wholeNumber(0).optional(),
  numReplicas: wholeNumber(1).optional(),
  autoScaler: section({
    autoscaleEnabled: booleanField.optional(),
    minReplicas: wholeNumber(1).optional(),
    maxReplicas: wholeNumber(1).optional(),
    refreshPeriodInSeconds: wholeNumber(1).optional(),
    targetUtilization: wholeNumber(1, 100).optional(),
  }).optional(),
  scoringTimeoutMs: wholeNumber(1, longestRequestMs).optional(),
  maxConcurrentRequestsPerContainer: wholeNumber(1).optional(),
  maxQueueWaitMs: wholeNumber(0, longestRequestMs).optional(),
  livenessProbeRequirements: probe.optional(),
  dataCollection: section({
    storageEnabled: booleanField.optional(),
    eventHubEnabled: booleanField.optional(),
  }).optional(),
  location: textField.optional(),
  sslEnabled: booleanField.optional(),
  sslCertificate: textField.optional(),
  sslKey: textField.optional(),
  cname: textField.optional(),
  dnsNameLabel: textField.optional(),
  vaultBaseUrl: textField.optional(),
  keyName: textField.optional(),
  keyVersion: textField.optional(),
  vnetName: textField.optional(),
  subnetName: textField.optional(),
  namespace: textField.optional(),
  port: wholeNumber(1, 65_535).optional(),
  runtime: word(['auto', 'docker', 'process']).optional(),
  python: textField.optional(),
  computeTargetName: textField.optional(),
  versionName: textField.optional(),
  trafficPercentile: z.number(percentAllowed).min(0, percentAllowed).max(100, percentAllowed).optional(),
  isDefault: booleanField.optional(),
  // Of container groups; v1 did not let them be chosen.
  restartPolicy: word(['Always', 'OnFailure', 'Never']).optional(),
  gateImage: textField.optional(),
  pullIdentity: textField
    .regex(/^\/subscriptions\/.+\/userAssignedIdentities\/[^/]+$/i, 'the ARM id of a user-assigned identity is allowed')
    .optional(),
  // Found in samples; v1 never read them.
  ComputeTarget: anything,
  enableAppInsights: anything,
}

export const deploymentSchema = section({ $schema: anyText.optional(), ...managedKeys, ...v1Keys })

export type GivenDeployment = z.output<typeof deploymentSchema>

/** Keys of v1 that a managed endpoint has no place for. */
export const keysWithoutEffect = [
  ['containerResourceRequirements', 'gpu'],
  ['containerResourceRequirements', 'accelerators'],
  ['dataCollection', 'eventHubEnabled'],
  ['port'],
  ['runtime'],
  ['python'],
  ['location'],
  ['sslEnabled'],
  ['sslCertificate'],
  ['sslKey'],
  ['cname'],
  ['dnsNameLabel'],
  ['vaultBaseUrl'],
  ['keyName'],
  ['keyVersion'],
  ['vnetName'],
  ['subnetName'],
  ['namespace'],
  ['computeTargetName'],
  ['versionName'],
  ['trafficPercentile'],
  ['isDefault'],
  ['restartPolicy'],
  ['gateImage'],
  ['pullIdentity'],
  ['ComputeTarget'],
  ['enableAppInsights'],
] as const
