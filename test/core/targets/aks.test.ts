import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { OwnService } from '../operations/ownService.ts'
import { type Ended, WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  const made = await workspace.cli(cluster('create', 'serving', '--vm-size', 'Standard_D3_v2', '--allow-insecure'))
  if (made.code !== 0) throw new Error(made.stderr)
})
test.after.always(() => workspace?.close())

function cluster(action: string, name: string, ...more: readonly string[]): readonly string[] {
  return ['compute', '--action', action, '--name', name, ...more]
}

/** The last error a run told, in one line. */
function errorOf({ stderr }: Ended): string {
  const at = stderr.lastIndexOf('Error: ')
  return at < 0 ? '' : stderr.slice(at).trim()
}

async function properties(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await workspace.client.arm('GET', path)
  return z.object({ properties: z.record(z.string(), z.unknown()) }).parse(body).properties
}

async function aksService(name: string, deployment: Readonly<Record<string, unknown>>): Promise<OwnService> {
  const service = await OwnService.create(workspace, name, {
    deployment: {
      computeType: 'AKS',
      computeTargetName: 'serving',
      maxConcurrentRequestsPerContainer: 4,
      ...deployment,
    },
  })
  await service.register()
  return service
}

const neighbour = (path: string) => workspace.client.workspace.replace(/Microsoft\.MachineLearningServices.*/, path)

test('a cluster is made with Azure ML on it and attached; running it again changes nothing', async (t) => {
  const cluster1 = neighbour('Microsoft.ContainerService/managedClusters/serving')
  t.like(await properties(cluster1), {
    agentPoolProfiles: [{ count: 3, mode: 'System', vmSize: 'Standard_D3_v2' }],
    networkProfile: { networkPlugin: 'azure' },
  })
  t.like(await properties(`${cluster1}/providers/Microsoft.KubernetesConfiguration/extensions/azureml`), {
    extensionType: 'Microsoft.AzureML.Kubernetes',
    configurationSettings: {
      ...{ enableInference: 'true', clusterPurpose: 'FastProd', inferenceRouterHA: 'true' },
      allowInsecureConnections: 'true',
    },
  })
  t.like(await properties('computes/serving'), { computeType: 'Kubernetes', properties: { namespace: 'default' } })
  const again = await workspace.done(cluster('create', 'serving', '--allow-insecure'))
  t.like(again.outputs, { changed: false, state: 'Succeeded' })
})

test('what v1 asked of clusters is asked before anything is made', async (t) => {
  const refused = async (...more: readonly string[]) => {
    const run = await workspace.cli(cluster('create', 'small', '--allow-insecure', ...more))
    t.is(run.code, 2)
    return errorOf(run)
  }
  t.is(
    await refused('--vm-size', 'Standard_DS2_v2'),
    'Error: fast-prod needs at least 12 virtual CPUs; 3 × Standard_DS2_v2 have 6 (2 each). Take more or larger machines, or dev-test for trying things out.',
  )
  t.is(
    await refused('--node-count', '1'),
    'Error: --node-count must be at least 3 for fast-prod, but it is 1; dev-test needs one.',
  )
  t.regex(await refused('--vm-size', 'Standard_M1'), /^Error: Machines of size Standard_M1 are not offered in local\./)
  t.regex(await refused('--vnet', 'net'), /^Error: --subnet must be given together with the other: vnet and subnet\./)
  const open = await workspace.cli(cluster('create', 'small'))
  t.regex(errorOf(open), /^Error: --tls-certificate is required, with tlsKey and tlsCname; or set allowInsecure/)
})

test('a cluster for development stands in a virtual network behind its own certificate', async (t) => {
  const folder = await workspace.folder()
  const certificate = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  await writeFile(certificate, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  await writeFile(key, '-----BEGIN PRIVATE KEY-----\nhush-hush-hush\n-----END PRIVATE KEY-----\n')
  const run = await workspace.done(
    cluster(
      ...(['create', 'inside', '--purpose', 'dev-test', '--node-count', '1', '--load-balancer', 'internal'] as const),
      ...['--vnet', 'net', '--subnet', 'machines', '--service-cidr', '10.1.0.0/16', '--dns-service-ip', '10.1.0.10'],
      ...['--tls-certificate', certificate, '--tls-key', key, '--tls-cname', 'score.example.com'],
    ),
  )
  t.notRegex(run.stderr + run.stdout, /hush/)
  const made = neighbour('Microsoft.ContainerService/managedClusters/inside')
  t.like(await properties(made), {
    networkProfile: { serviceCidr: '10.1.0.0/16', dnsServiceIP: '10.1.0.10' },
  })
  const settings = z
    .object({ configurationSettings: z.record(z.string(), z.string()), configurationProtectedSettings: z.unknown() })
    .parse(await properties(`${made}/providers/Microsoft.KubernetesConfiguration/extensions/azureml`))
  t.like(settings.configurationSettings, {
    ...{ clusterPurpose: 'DevTest', inferenceRouterHA: 'false', internalLoadBalancerProvider: 'azure' },
    ...{ sslCname: 'score.example.com', allowInsecureConnections: 'false' },
  })
  t.deepEqual(settings.configurationProtectedSettings, { 'scoringFe.sslCert': '', 'scoringFe.sslKey': '' })

  const detached = await workspace.done(cluster('detach', 'inside'))
  t.like(detached.outputs, { changed: true, state: 'detached' })
  t.is((await workspace.client.arm('GET', made)).status, 200)
  t.is((await workspace.client.arm('GET', 'computes/inside')).status, 404)
  const attached = await workspace.done(
    cluster(
      'attach',
      'inside',
      '--resource-id',
      String(detached.outputs.clusterId),
      '--purpose',
      'dev-test',
      '--allow-insecure',
    ),
  )
  t.like(attached.outputs, { changed: true, state: 'Succeeded' })
  t.like((await workspace.done(cluster('delete', 'inside'))).outputs, { changed: true, state: 'deleted' })
  t.is((await workspace.client.arm('GET', made)).status, 404)
  t.like((await workspace.done(cluster('delete', 'inside'))).outputs, { changed: false, state: 'absent' })
})

test('a service on AKS has everything its v1 configuration says, and is updated, tested and removed', async (t) => {
  const service = await aksService('on-aks', {
    autoScaler: {
      autoscaleEnabled: 'True',
      minReplicas: 2,
      maxReplicas: 4,
      refreshPeriodInSeconds: 2,
      targetUtilization: 60,
    },
    containerResourceRequirements: { cpu: 0.2, memoryInGB: 0.25, cpuLimit: 0.5, memoryInGBLimit: 1 },
    ...{ gpuCores: 1, scoringTimeoutMs: 20_000, maxQueueWaitMs: 700, namespace: 'default', appInsightsEnabled: true },
    livenessProbeRequirements: { initialDelaySeconds: 1, timeoutSeconds: 3 },
    dataCollection: { storageEnabled: true },
  })
  const made = await workspace.done(service.deployment('1'))
  t.like(made.outputs, { changed: true, state: 'Succeeded', modelVersion: '1' })
  const { deployments } = await workspace.service('on-aks')
  t.is(deployments.length, 1)
  t.like(deployments[0]?.properties, {
    endpointComputeType: 'Kubernetes',
    scaleSettings: {
      ...{ scaleType: 'TargetUtilization', minInstances: 2, maxInstances: 4, pollingInterval: 'PT2S' },
      targetUtilizationPercentage: 60,
    },
    requestSettings: { requestTimeout: 'PT20S', maxQueueWait: 'PT0.7S', maxConcurrentRequestsPerInstance: 4 },
    containerResourceRequirements: {
      containerResourceRequests: { cpu: '0.2', memory: '0.25Gi', gpu: '1' },
      containerResourceLimits: { cpu: '0.5', memory: '1Gi', gpu: '1' },
    },
    livenessProbe: { initialDelay: 'PT1S', timeout: 'PT3S', period: 'PT10S', successThreshold: 1, failureThreshold: 3 },
    appInsightsEnabled: true,
    dataCollector: { collections: { model_inputs: { dataCollectionMode: 'Enabled' } } },
  })
  t.like((await workspace.done(service.deployment('1'))).outputs, { changed: false })

  const version = await service.register()
  t.like((await workspace.done(service.update(version))).outputs, { outcome: 'promoted', previousVersion: '1' })
  const after = await workspace.service('on-aks')
  t.like(after.deployments[0]?.properties, {
    containerResourceRequirements: { containerResourceRequests: { cpu: '0.2' } },
  })
  const bad = await service.register({ raise: 'no' })
  t.is((await workspace.cli(service.update(bad))).code, 3)
  t.deepEqual((await workspace.service('on-aks')).traffic, after.traffic)
  t.like((await workspace.done(['test', '--service', 'on-aks', '--requests', service.requests])).outputs, { failed: 0 })

  const kept = await workspace.cli(cluster('detach', 'serving'))
  t.regex(errorOf(kept), /^Error: The compute "serving" was not taken out: services live on it \(.*on-aks.*\)\./)
  t.like((await workspace.done(['remove', '--service', 'on-aks', '--force'])).outputs, { changed: true })
})

test('versions of an endpoint share its requests as their configurations say', async (t) => {
  const service = await aksService('shared', { computeType: 'AKSENDPOINT', numReplicas: 1 })
  const deployVersion = async (version: string, versionName: string, more: Readonly<Record<string, unknown>>) => {
    await service.write({
      deployment: {
        ...{ computeType: 'AKSENDPOINT', computeTargetName: 'serving', numReplicas: 1 },
        maxConcurrentRequestsPerContainer: 4,
        versionName,
        ...more,
      },
    })
    return workspace.cli(service.deployment(version))
  }
  t.is((await deployVersion('1', 'blue', { trafficPercentile: 0 })).code, 0)
  t.deepEqual((await workspace.service('shared')).traffic, { blue: 100 })
  const second = await service.register()
  t.is((await deployVersion(second, 'green', { trafficPercentile: 20 })).code, 0)
  t.deepEqual((await workspace.service('shared')).traffic, { blue: 80, green: 20 })
  t.like((await deployVersion(second, 'green', { trafficPercentile: 20 })).outputs, { changed: false })

  const bad = await service.register({ badAfter: 0 })
  const refused = await deployVersion(bad, 'red', { trafficPercentile: 30 })
  t.is(refused.code, 3)
  t.regex(errorOf(refused), /The version "red" did not pass the test request "anything"/)
  // A version that is replaced by something worse comes back as it was.
  t.is((await deployVersion(bad, 'green', { trafficPercentile: 50 })).code, 3)
  const live = await workspace.service('shared')
  t.deepEqual(live.traffic, { blue: 80, green: 20 })
  t.deepEqual(live.deployments.map(({ name }) => name).sort(), ['blue', 'green'])
  t.regex(
    String(live.deployments.find(({ name }) => name === 'green')?.properties.model),
    new RegExp(`/versions/${second}$`),
  )

  t.is((await deployVersion(second, 'green', { trafficPercentile: 20, isDefault: true })).code, 0)
  t.deepEqual((await workspace.service('shared')).traffic, { green: 100 })
  const update = await workspace.cli(service.update(second))
  t.regex(errorOf(update), /^Error: The endpoint "shared" has versions that share its requests\./)
})

test('what cannot be on this cluster is told before anything is sent', async (t) => {
  const failure = async (deployment: Readonly<Record<string, unknown>>) => {
    const service = await OwnService.create(workspace, 'elsewhere', { deployment })
    if (!registered) await service.register()
    registered = true
    const run = await workspace.cli(service.deployment('1'))
    t.is(run.code, 2, run.stderr)
    t.is((await workspace.client.arm('GET', 'onlineEndpoints/elsewhere')).status, 404)
    return errorOf(run)
  }
  let registered = false
  t.regex(await failure({ computeType: 'AKS' }), /^Error: Target aks needs an attached cluster: name it by --compute/)
  t.is(
    await failure({ computeType: 'AKS', computeTargetName: 'nowhere' }),
    'Error: There is no compute "nowhere" in the workspace "emulated". The operation compute attaches a cluster, or creates one.',
  )
  t.regex(
    await failure({ computeType: 'AKS', computeTargetName: 'serving', namespace: 'other' }),
    /^Error: The configuration names the namespace "other", but the compute "serving" is attached with "default"\./,
  )
  t.regex(
    await failure({
      ...{ computeType: 'AKS', computeTargetName: 'serving' },
      containerResourceRequirements: { accelerators: { 'amd.com/gpu': 1 } },
    }),
    /^Error: No instance type of the compute "serving" has amd\.com\/gpu: 1\./,
  )
})

test('other accelerators come with an instance type of the cluster', async (t: ExecutionContext) => {
  const folder = await workspace.folder()
  const types = join(folder, 'types.yml')
  await writeFile(
    types,
    [
      'instanceTypes:',
      '  plain: { resources: { requests: { cpu: 500m, memory: 1Gi }, limits: { cpu: 1, memory: 2Gi } } }',
      '  radeon:',
      '    nodeSelector: { pool: radeon }',
      '    resources: { requests: { cpu: 1, memory: 4Gi }, limits: { cpu: 2, memory: 8Gi, amd.com/gpu: 1 } }',
      'defaultInstanceType: plain',
    ].join('\n'),
  )
  const id = neighbour('Microsoft.ContainerService/managedClusters/serving')
  await workspace.done(cluster('attach', 'radeons', '--resource-id', id, '--instance-types', types, '--allow-insecure'))
  t.like(await properties('computes/radeons'), {
    properties: {
      defaultInstanceType: 'plain',
      instanceTypes: { radeon: { nodeSelector: { pool: 'radeon' }, resources: { limits: { 'amd.com/gpu': '1' } } } },
    },
  })
  const service = await OwnService.create(workspace, 'accelerated', {
    deployment: {
      ...{ computeType: 'AKS', computeTargetName: 'radeons', numReplicas: 1, maxConcurrentRequestsPerContainer: 4 },
      containerResourceRequirements: { accelerators: { 'amd.com/gpu': 1 } },
    },
  })
  await service.register()
  await workspace.done(service.deployment('1'))
  t.like((await workspace.service('accelerated')).deployments[0]?.properties, { instanceType: 'radeon' })
})
