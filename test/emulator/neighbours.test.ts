import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { testWith } from '../requirements.ts'
import { type Answer, Client } from './client.ts'
import { HubUnderTest } from './hubUnderTest.ts'
import { until } from './until.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process' })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const at = (path: string): string => client.workspace.replace(/Microsoft\.MachineLearningServices.*/, path)

const group = {
  location: 'local',
  properties: {
    osType: 'Linux',
    containers: [
      {
        name: 'scoring',
        properties: {
          image: 'registry/scoring:1',
          resources: { requests: { cpu: 1, memoryInGB: 1.5 } },
          ports: [{ port: 80 }],
          environmentVariables: [{ name: 'KEY', secureValue: 'hidden' }],
        },
      },
    ],
    imageRegistryCredentials: [{ server: 'registry', username: 'user', password: 'hidden' }],
    ipAddress: { type: 'Public', ports: [{ port: 80 }], dnsNameLabel: 'my-service' },
  },
}

test('a container group is made, restarted, read, stopped and deleted, and keeps its secrets', async (t) => {
  const path = at('Microsoft.ContainerInstance/containerGroups/service')
  const made = await client.arm('PUT', path, group)
  t.is(made.status, 201)
  await client.finished(made)
  t.is((await client.arm('POST', `${path}/restart`)).status, 204)
  const read = await client.arm('GET', path)
  t.like(read.body, {
    properties: {
      provisioningState: 'Succeeded',
      instanceView: { state: 'Running' },
      ipAddress: { ip: '127.0.0.1', fqdn: 'my-service.local.azurecontainer.io' },
      containers: [{ name: 'scoring', properties: { instanceView: { restartCount: 1 } } }],
    },
  })
  t.notRegex(JSON.stringify(read.body), /hidden/)
  t.is((await client.arm('GET', `${path}/containers/scoring/logs?tail=5`)).status, 200)
  t.is((await client.arm('GET', `${path}/containers/other/logs`)).status, 404)
  t.is((await client.arm('POST', `${path}/stop`)).status, 204)
  t.like((await client.arm('GET', path)).body, { properties: { instanceView: { state: 'Stopped' } } })
  t.is((await client.arm('PUT', path, { ...group, properties: { osType: 'Linux', containers: [] } })).status, 400)
  t.is((await client.arm('DELETE', path)).status, 200)
  t.is((await client.arm('DELETE', path)).status, 204)
  t.is((await client.arm('GET', path)).status, 404)
})

test('a cluster gives out its credentials and carries extensions, which go with it', async (t) => {
  const path = at('Microsoft.ContainerService/managedClusters/cluster')
  const made = await client.arm('PUT', path, {
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: { dnsPrefix: 'cluster', agentPoolProfiles: [{ name: 'pool', count: 1, mode: 'System' }] },
  })
  t.is(made.status, 201)
  await client.finished(made)
  const { body } = await client.arm('POST', `${path}/listClusterUserCredential`)
  const { kubeconfigs } = z.object({ kubeconfigs: z.array(z.object({ value: z.string() })) }).parse(body)
  t.regex(Buffer.from(kubeconfigs[0]?.value ?? '', 'base64').toString(), /kind: Config\n.*server: https:/s)

  const extension = `${path}/providers/Microsoft.KubernetesConfiguration/extensions/azureml`
  const installed = await client.arm('PUT', extension, {
    properties: {
      extensionType: 'Microsoft.AzureML.Kubernetes',
      configurationSettings: { enableInference: 'True' },
      configurationProtectedSettings: { sslKeyPemFile: 'hidden' },
    },
  })
  t.like(await client.finished(installed), { status: 'Succeeded' })
  const read = await client.arm('GET', extension)
  t.like(read.body, {
    properties: { provisioningState: 'Succeeded', configurationSettings: { enableInference: 'True' } },
  })
  t.notRegex(JSON.stringify(read.body), /hidden/)
  await client.finished(await client.arm('DELETE', path))
  t.is((await client.arm('GET', extension)).status, 404)
})

async function registry(): Promise<string> {
  const { body } = await client.arm('GET', '')
  return z.object({ properties: z.object({ containerRegistry: z.string() }) }).parse(body).properties.containerRegistry
}

/** Uploads a source with this Dockerfile and has it built. */
async function build(t: ExecutionContext, dockerfile: string, image: string): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'build-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  writeFileSync(join(folder, 'content.txt'), 'content')
  const { stdout } = spawnSync('tar', ['-czf', '-', '-C', folder, '.'])
  const path = await registry()
  const { body } = await client.arm('POST', `${path}/listBuildSourceUploadUrl`)
  const { uploadUrl, relativePath } = z.object({ uploadUrl: z.string(), relativePath: z.string() }).parse(body)
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' }
  t.is((await client.send('PUT', uploadUrl, { headers, text: stdout })).status, 201)
  return client.arm('POST', `${path}/scheduleRun`, {
    type: 'DockerBuildRequest',
    dockerFilePath: 'Dockerfile',
    platform: { os: 'Linux', architecture: 'amd64' },
    imageNames: [image],
    sourceLocation: relativePath,
  })
}

const run = z.object({ properties: z.object({ runId: z.string(), status: z.string() }) })

async function outcome(scheduled: Answer): Promise<{ readonly status: string; readonly log: string }> {
  const { runId } = run.parse(scheduled.body).properties
  const path = `${await registry()}/runs/${runId}`
  const status = async () => run.parse((await client.arm('GET', path)).body).properties.status
  await until(async () => !['Queued', 'Running'].includes(await status()))
  const { body } = await client.arm('POST', `${path}/listLogSasUrl`)
  const { body: log } = await client.send('GET', z.object({ logLink: z.string() }).parse(body).logLink)
  return { status: await status(), log: String(log) }
}

testWith('docker')('a registry really builds what was uploaded, and the log can be read', async (t) => {
  const image = `emulator-test-${randomUUID()}:1`
  t.teardown(() => spawnSync('docker', ['rmi', '-f', image]))
  const { status, log } = await outcome(await build(t, 'FROM scratch\nCOPY content.txt /content.txt\n', image))
  t.is(status, 'Succeeded', log)
  t.regex(log, /COPY content\.txt/)
  t.is(spawnSync('docker', ['image', 'inspect', image]).status, 0)
})

test('a build that cannot be done has failed, and the log says why', async (t) => {
  const { status, log } = await outcome(await build(t, 'NONSENSE\n', `emulator-test-${randomUUID()}:1`))
  t.is(status, 'Failed')
  t.regex(log, /NONSENSE|No Docker engine answers/)
})

test('a registry has credentials, and other registries are made beside it', async (t) => {
  const { body } = await client.arm('POST', `${await registry()}/listCredentials`)
  const { username, passwords } = z
    .object({ username: z.string(), passwords: z.array(z.object({ name: z.string(), value: z.string().min(20) })) })
    .parse(body)
  t.true((await registry()).endsWith(`/${username}`))
  t.is(new Set(passwords.map(({ value }) => value)).size, 2)
  const path = at('Microsoft.ContainerRegistry/registries/another')
  await client.finished(await client.arm('PUT', path, { location: 'local', sku: { name: 'Basic' }, properties: {} }))
  t.like((await client.arm('GET', path)).body, { properties: { loginServer: 'another.azurecr.io' } })
})

/** What a deployment says at the least. */
function manifest(image: string, more: object = {}) {
  const module = { type: 'docker', status: 'running', restartPolicy: 'always', settings: { image, createOptions: '' } }
  return {
    modulesContent: {
      $edgeAgent: {
        'properties.desired': {
          schemaVersion: '1.1',
          runtime: { type: 'docker', settings: {} },
          systemModules: { edgeAgent: { type: 'docker', settings: { image: 'agent:1.6' } }, edgeHub: module },
          modules: { scoring: module },
        },
      },
      $edgeHub: {
        'properties.desired': {
          ...{ schemaVersion: '1.3', routes: {}, storeAndForwardConfiguration: { timeToLiveSecs: 7200 } },
          ...more,
        },
      },
    },
  }
}

test('an IoT hub keeps deployments and applies modules to a device, for who has its key or a token for it', async (t) => {
  const hub = await HubUnderTest.create(client, emulator.url, 'hub-1')
  const deployment = {
    id: 'scoring-1',
    content: manifest('scoring:1'),
    targetCondition: "deviceId='edge'",
    priority: 10,
  }
  t.is((await hub.send('PUT', '/configurations/scoring-1', deployment)).status, 201)
  t.is((await hub.send('PUT', '/configurations/scoring-1', deployment)).status, 409)
  t.is((await hub.send('PUT', '/configurations/scoring-1', deployment, { 'if-match': '*' })).status, 200)
  t.is((await hub.send('PUT', '/configurations/scoring-1', deployment, { 'if-match': '"other"' })).status, 412)
  const changed = { ...deployment, content: manifest('scoring:2') }
  t.is((await hub.send('PUT', '/configurations/scoring-1', changed, { 'if-match': '*' })).status, 400)
  t.like((await hub.send('GET', '/configurations/scoring-1')).body, {
    ...{ id: 'scoring-1', priority: 10, systemMetrics: { results: { targetedCount: 0, appliedCount: 0 } } },
  })

  const apply = '/devices/alone/applyConfigurationContent'
  t.is((await hub.send('POST', apply, manifest('scoring:1'))).status, 404)
  await hub.device('alone')
  t.is((await hub.send('POST', apply, manifest('scoring:1'))).status, 204)
  t.deepEqual(await hub.images('alone'), { scoring: 'scoring:1' })

  const authorization = await hub.signature((key) => Buffer.from(key).toString('base64'))
  t.is((await client.send('GET', '/configurations/scoring-1', { headers: { authorization } })).status, 401)
  const ofWorkspace = { authorization: `Bearer ${await client.token()}` }
  t.is((await client.send('GET', '/configurations/scoring-1', { headers: ofWorkspace })).status, 401)
})

test('devices follow the deployment of the highest priority and report it after a while', async (t) => {
  const hub = await HubUnderTest.create(client, emulator.url, 'hub-2')
  await hub.device('one', { site: 'x' })
  await hub.device('two', { site: 'x', emulator: { failing: 'v2' } })
  await hub.device('three', { site: 'x', emulator: { offline: true } })
  const put = (id: string, image: string, priority: number) =>
    hub.send('PUT', `/configurations/${id}`, {
      ...{ id, content: manifest(image), targetCondition: "tags.site = 'x' and deviceId != 'nobody'", priority },
    })
  const counts = async (id: string) => {
    const { body } = await hub.send('GET', `/configurations/${id}`)
    return z.object({ systemMetrics: z.object({ results: z.record(z.string(), z.number()) }) }).parse(body)
      .systemMetrics.results
  }
  await put('v1', 'scoring:v1', 1)
  t.like(await counts('v1'), { targetedCount: 3, appliedCount: 3, reportedSuccessfulCount: 0 })
  await until(async () => (await counts('v1')).reportedSuccessfulCount === 2)
  await put('v2', 'scoring:v2', 2)
  t.like(await counts('v1'), { targetedCount: 3, appliedCount: 0 })
  await until(async () => (await counts('v2')).reportedFailedCount === 1)
  t.like(await counts('v2'), { targetedCount: 3, appliedCount: 3, reportedSuccessfulCount: 1 })
  t.like((await hub.send('GET', '/twins/two/modules/$edgeAgent')).body, {
    properties: { reported: { modules: { scoring: { runtimeStatus: 'backoff' } }, lastDesiredVersion: 2 } },
    configurations: { v1: { status: 'Targeted' }, v2: { status: 'Applied' } },
  })
  t.is((await hub.send('DELETE', '/configurations/v2')).status, 204)
  t.deepEqual(await hub.images('one'), { scoring: 'scoring:v1' })
})

test('a manifest that the schemas or the runtime do not allow is refused', async (t) => {
  const hub = await HubUnderTest.create(client, emulator.url, 'hub-3')
  await hub.device('strict')
  const apply = async (content: unknown) =>
    (await hub.send('POST', '/devices/strict/applyConfigurationContent', content)).status
  t.is(await apply(manifest('a:1')), 204)
  t.is(await apply({ content: manifest('a:1') }), 400)
  t.is(await apply(manifest('a:1', { storeAndForwardConfiguration: undefined })), 400)
  t.is(await apply(manifest('a:1', { schemaVersion: '1.4' })), 400)
  t.is(await apply(manifest('a:1', { routes: { up: { route: 'FROM /* INTO $upstream', priority: 10 } } })), 400)
  t.is(await apply(manifest('a:1', { routes: { 'a.b': 'FROM /* INTO $upstream' } })), 400)
  t.is(await apply(manifest('')), 400)
  const broken = (change: (agent: Record<string, unknown>) => unknown) => {
    const content = manifest('a:1')
    const agent = content.modulesContent.$edgeAgent
    return {
      modulesContent: {
        ...content.modulesContent,
        $edgeAgent: { 'properties.desired': change(agent['properties.desired']) },
      },
    }
  }
  t.is(await apply(broken((agent) => ({ ...agent, schemaVersion: '1.2' }))), 400)
  t.is(await apply(broken((agent) => ({ ...agent, unknown: 1 }))), 400)
  const settings = (all: object) => ({ type: 'docker', status: 'running', restartPolicy: 'always', settings: all })
  const modules = (all: object) => broken((agent) => ({ ...agent, modules: { m: settings(all) } }))
  t.is(await apply(modules({ image: 'a', createOptions: '{"a":', createOptions01: '1}' })), 204)
  t.is(await apply(modules({ image: 'a', createOptions: '{"a":' })), 400)
  t.is(await apply(modules({ image: 'a', createOptions: JSON.stringify({ a: 'x'.repeat(512) }) })), 400)
  const wrong = { id: 'c', content: manifest('a:1'), targetCondition: 'tags.site LIKE x', priority: 1 }
  t.is((await hub.send('PUT', '/configurations/c', wrong)).status, 400)
})
