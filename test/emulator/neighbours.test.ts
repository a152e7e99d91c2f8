import { spawnSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { testWith } from '../requirements.ts'
import { type Answer, Client } from './client.ts'
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

/** A signature by the key of a hub's policy, as IoT libraries make them. */
async function signature(hub: string, keyOf: (key: string) => string = (key) => key): Promise<string> {
  const { body } = await client.arm('POST', `${at(`Microsoft.Devices/IotHubs/${hub}`)}/listkeys`)
  const [key] = z.object({ value: z.array(z.object({ primaryKey: z.string() })) }).parse(body).value
  const resource = encodeURIComponent(new URL(emulator.url).host)
  const expiry = Math.floor(Date.now() / 1000) + 600
  const signed = createHmac('sha256', Buffer.from(keyOf(key?.primaryKey ?? ''), 'base64'))
    .update(`${resource}\n${expiry}`)
    .digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signed)}&se=${expiry}&skn=iothubowner`
}

test('an IoT hub keeps deployments and applies modules to a device, for who has its key', async (t) => {
  const made = await client.arm('PUT', at('Microsoft.Devices/IotHubs/hub-1'), {
    location: 'local',
    sku: { name: 'S1', capacity: 1 },
    properties: {},
  })
  await client.finished(made)
  const authorization = await signature('hub-1')
  const send = (method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown, more: Record<string, string> = {}) =>
    client.send(method, `${path}?api-version=2021-04-12`, {
      headers: { authorization, 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { text: JSON.stringify(body) }),
    })
  const content = {
    modulesContent: { $edgeAgent: { 'properties.desired': { modules: { scoring: { version: '1' } } } } },
  }
  const deployment = { id: 'scoring-1', content, targetCondition: "deviceId='edge'", priority: 10 }
  t.is((await send('PUT', '/configurations/scoring-1', deployment)).status, 201)
  t.is((await send('PUT', '/configurations/scoring-1', deployment)).status, 409)
  t.is((await send('PUT', '/configurations/scoring-1', deployment, { 'if-match': '*' })).status, 200)
  t.is((await send('PUT', '/configurations/scoring-1', deployment, { 'if-match': '"other"' })).status, 412)
  t.like((await send('GET', '/configurations/scoring-1')).body, { id: 'scoring-1', priority: 10 })

  t.is((await send('POST', '/devices/edge/applyConfigurationContent', content)).status, 404)
  t.is((await send('PUT', '/devices/edge', { deviceId: 'edge', capabilities: { iotEdge: true } })).status, 200)
  t.is((await send('POST', '/devices/edge/applyConfigurationContent', content)).status, 204)
  t.like((await send('GET', '/twins/edge/modules/$edgeAgent')).body, {
    properties: { desired: { modules: { scoring: { version: '1' } } } },
  })
  const wrong = await signature('hub-1', (key) => Buffer.from(key).toString('base64'))
  const refused = await client.send('GET', '/configurations/scoring-1', { headers: { authorization: wrong } })
  t.is(refused.status, 401)
})
