import test from 'ava'
import { defaultDeploymentConfig, parseDeploymentConfig } from '../../../core/config/deploymentConfig.ts'

function parse(value: unknown) {
  return parseDeploymentConfig({ file: 'deploymentconfig.json', text: JSON.stringify(value, null, 1) })
}

test('an empty configuration means one instance of Azure’s default type that asks for a key', (t) => {
  const { config, warnings } = parse({})
  t.deepEqual(config, defaultDeploymentConfig)
  t.like(config, { instanceType: 'Standard_F4s_v2', instanceCount: 1, authMode: 'Key' })
  t.deepEqual(warnings, [])
})

test('the managed words become those of Azure’s REST surface', (t) => {
  const { config, warnings } = parse({
    computeType: 'Managed',
    instanceType: 'Standard_DS2_v2',
    instanceCount: 3,
    authMode: 'AAD_Token',
    requestSettings: { requestTimeoutMs: 90_000, maxConcurrentRequestsPerInstance: 4, maxQueueWaitMs: 0 },
    livenessProbe: { initialDelaySeconds: 0, periodSeconds: 10, failureThreshold: 30 },
    readinessProbe: { timeoutSeconds: 120, successThreshold: 2 },
    appInsightsEnabled: 'False',
    publicNetworkAccess: 'Disabled',
    egressPublicNetworkAccess: 'enabled',
    environmentVariables: { A: 1 },
    tags: { team: 'a' },
    description: 'Predicts.',
  })
  t.deepEqual(config, {
    instanceType: 'Standard_DS2_v2',
    instanceCount: 3,
    authMode: 'AADToken',
    requestSettings: { requestTimeout: 'PT1M30S', maxConcurrentRequestsPerInstance: 4, maxQueueWait: 'PT0S' },
    livenessProbe: { initialDelay: 'PT0S', period: 'PT10S', failureThreshold: 30 },
    readinessProbe: { timeout: 'PT2M', successThreshold: 2 },
    appInsightsEnabled: false,
    collectsData: false,
    publicNetworkAccess: 'Disabled',
    egressPublicNetworkAccess: 'Enabled',
    environmentVariables: { A: '1' },
    tags: { team: 'a' },
    description: 'Predicts.',
    keys: undefined,
  })
  t.deepEqual(warnings, [])
})

test('what was written for AKS keeps all that a managed endpoint has too, and the rest is warned about', (t) => {
  const { config, warnings } = parse({
    computeType: 'aks',
    autoScaler: { autoscaleEnabled: true, minReplicas: 2, maxReplicas: 4, targetUtilization: 70 },
    containerResourceRequirements: { cpu: 0.5, memoryInGB: 1 },
    tokenAuthEnabled: true,
    scoringTimeoutMs: 20_000,
    maxConcurrentRequestsPerContainer: 2,
    maxQueueWaitMs: 500,
    livenessProbeRequirements: { initialDelaySeconds: 310 },
    dataCollection: { storageEnabled: true },
    namespace: 'scoring',
  })
  t.like(config, {
    instanceCount: 2,
    authMode: 'AMLToken',
    requestSettings: { requestTimeout: 'PT20S', maxConcurrentRequestsPerInstance: 2, maxQueueWait: 'PT0.5S' },
    livenessProbe: { initialDelay: 'PT5M10S' },
  })
  t.deepEqual(
    warnings.map(({ position, message }) => `${position.line} ${message}`),
    [
      '2 This file was written for aks; the service is put on a managed endpoint, as the target says.',
      '9 On a managed endpoint the instanceType decides about CPU and memory; cpu and memoryInGB are not read.',
      '3 A managed endpoint is scaled by autoscale rules of Azure Monitor, not by its deployment; it starts with 2 and stays there until such rules exist.',
      '23 A managed endpoint does not take these keys, so they change nothing: namespace.',
    ],
  )
})

test('a service of AKS keeps the minute it gave each request by default', (t) => {
  t.deepEqual(parse({ computeType: 'AKS', numReplicas: 3 }).config.requestSettings, { requestTimeout: 'PT1M' })
  t.is(parse({ computeType: 'AKS', numReplicas: 3 }).config.instanceCount, 3)
  t.is(parse({ computeType: 'ACI' }).config.requestSettings, undefined)
})

test('a service of ACI without authentication gets keys, and its user is told', (t) => {
  const { config, warnings } = parse({
    computeType: 'ACI',
    authEnabled: 'False',
    sslEnabled: false,
    location: 'westeurope',
  })
  t.is(config.authMode, 'Key')
  t.deepEqual(
    warnings.map(({ position }) => position.line),
    [2, 3, 5],
  )
})

test('keys are kept as secrets, one of them or both', (t) => {
  t.deepEqual(parse({ keys: { primaryKey: 'a', secondaryKey: 'b' } }).config.keys, {
    primaryKey: 'a',
    secondaryKey: 'b',
  })
  t.deepEqual(parse({ keys: { primaryKey: 'a', secondaryKey: null } }).config.keys, { primaryKey: 'a' })
  const error = t.throws(() => parse({ keys: { primaryKey: ['geheim'], secondaryKey: 7_777_777 } }))
  t.notRegex(error?.message ?? '', /geheim|7777777/)
})

test('rules across keys are checked even when other keys are at fault', (t) => {
  const error = t.throws(() => parse({ instanceCount: 'two', authEnabled: true, tokenAuthEnabled: true }))
  t.deepEqual(error?.message.split('\n'), [
    'deploymentconfig.json:2: instanceCount: "two" was given; a whole number of at least 1 is allowed.',
    'deploymentconfig.json:4: tokenAuthEnabled: Both authEnabled and tokenAuthEnabled are true; one of them is allowed.',
  ])
})
