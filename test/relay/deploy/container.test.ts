import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator } from '../../../emulator/index.ts'
import { product } from '../../cli/commandLine.ts'
import { type BaseImage, copyLibraries, importFolder, removeImages } from '../../core/image/baseImage.ts'
import { Client } from '../../emulator/client.ts'
import { until } from '../../emulator/until.ts'
import { FakeServer } from '../../fakes/fakeServer.ts'
import { testWith } from '../../requirements.ts'
import { gridEvent, key } from '../world.ts'

const run = promisify(execFile)
const docker = async (...words: readonly string[]) => (await run('docker', [...words])).stdout.trim()

/** An image with this machine's Node.js and what it is linked with, and nothing else. */
async function nodeImage(): Promise<BaseImage> {
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-node-'))
  try {
    await chmod(root, 0o755)
    await mkdir(join(root, 'tmp'))
    await chmod(join(root, 'tmp'), 0o1777)
    await mkdir(join(root, 'usr/bin'), { recursive: true })
    await cp(process.execPath, join(root, 'usr/bin/node'), { dereference: true })
    await copyLibraries([process.execPath], root)
    return await importFolder(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function built(t: ExecutionContext): Promise<string> {
  const base = await nodeImage()
  t.teardown(() => base.remove())
  const tag = `azureml-cd/test-relay-${randomBytes(6).toString('hex')}`
  const words = ['--of', 'relay', '--tag', tag, '--base', base.name, '--bundle', dirname(product)]
  await run(process.execPath, ['scripts/image.mjs', ...words])
  t.teardown(() => removeImages(tag))
  return tag
}

testWith('docker')('the image of the relay starts pipelines, is healthy, and remembers after a restart', async (t) => {
  t.timeout(120_000)
  const emulator = await createEmulator({ runtime: 'process', blobs: false })
  t.teardown(() => emulator.close())
  const client = new Client(emulator)
  t.teardown(() => client.close())
  const server = new FakeServer(() => ({ status: 202 }))
  await server.start()
  t.teardown(() => server.close())
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-container-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'ca.pem'), emulator.ca)
  await writeFile(
    join(folder, 'triggers.yml'),
    `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
rules: [{ name: all, model: '*', destinations: [ship] }]
destinations:
  ship: { kind: webhook, url: '${server.url}', allowPrivateAddresses: true, secret: { fromEnvironment: HOOK } }
`,
  )
  const environment = {
    ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
    ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: '/config/ca.pem' },
    HOOK: `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`,
    AZUREML_CD_RELAY_KEY: key,
  }
  const tag = await built(t)
  // The network of this machine, where the embedded workspace is; a port of its own, because 8080 may be taken.
  const container = await docker(
    ...['run', '--detach', '--network', 'host', '--label', 'azureml-cd=test', '--volume', `${folder}:/config:ro`],
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...[tag, '--file', '/config/triggers.yml', '--port', '0', '--host', '127.0.0.1', '--json'],
  )
  t.teardown(() => docker('rm', '--force', '--volumes', container))
  const started = async (times: number): Promise<string> => {
    await until(
      async () => (await docker('logs', container)).split('\n').filter((line) => line.includes('{')).length >= times,
    )
    const lines = (await run('docker', ['logs', container])).stdout.trim().split('\n')
    return z.object({ url: z.string() }).parse(JSON.parse(lines.at(-1) ?? '')).url
  }
  const url = await started(1)
  await until(async () => (await fetch(`${url}/healthz`)).status === 200)
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  await client.arm('PUT', 'models/diabetes/versions/1', { properties: { modelUri } })
  const event = gridEvent(1, { topic: client.workspace })
  const headers = { 'x-azureml-cd-key': key }
  const taken = await fetch(`${url}/events`, { method: 'POST', headers, body: JSON.stringify([event]) })
  t.is(taken.status, 200)
  await until(() => server.exchanges.length === 1)

  await docker('restart', '--time', '5', container)
  const again = await started(2)
  await until(async () => (await fetch(`${again}/healthz`)).status === 200)
  const asks = z
    .object({ Healthcheck: z.object({ Test: z.array(z.string()) }), User: z.string(), Volumes: z.unknown() })
    .parse(JSON.parse(await docker('inspect', '--format', '{{json .Config}}', container)))
  t.is(asks.User, '10001:10001')
  t.deepEqual(asks.Volumes, { '/data': {} })
  // What the engine asks it every quarter of a minute, at the port of this test.
  const [, ...command] = asks.Healthcheck.Test.map((word) => word.replace('http://127.0.0.1:8080', again))
  await t.notThrowsAsync(docker('exec', container, ...command))
  t.is(server.exchanges.length, 1)
})
