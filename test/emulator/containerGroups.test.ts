import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { dockerEngine } from '../../core/runtime/dockerEngine.ts'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { type BaseImage, baseImage } from '../core/image/baseImage.ts'
import { exchange } from '../core/runtime/exchange.ts'
import { testWith } from '../requirements.ts'
import { Client } from './client.ts'
import { until } from './until.ts'

const testGroups = testWith('docker')
const port = 8080

let base: BaseImage
let location: string
let emulator: Emulator
let client: Client

async function start(): Promise<void> {
  emulator = await createEmulator({ runtime: 'docker', blobs: false, location })
  client = new Client(emulator)
}
async function stop(): Promise<void> {
  await client?.close()
  await emulator?.close()
}

testGroups.before(async () => {
  base = await baseImage({ server: false })
  location = await mkdtemp(join(tmpdir(), 'azureml-cd-groups-'))
  await start()
})
testGroups.after.always(async () => {
  await stop()
  await base?.remove()
  if (location) await rm(location, { recursive: true, force: true })
})

const at = (name: string) =>
  client.workspace.replace(
    /Microsoft\.MachineLearningServices.*/,
    `Microsoft.ContainerInstance/containerGroups/${name}`,
  )

/** Answers with a variable, the file of a secret volume, and how the other container of its group is reached. */
const serving = `
import http.server, os, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            os._exit(7)
        text = os.environ["SECRET"] + " " + open("/etc/told/word").read()
        if self.path == "/other":
            try:
                text = urllib.request.urlopen("http://127.0.0.1:8081/").read().decode()
            except OSError:
                text = "not there yet"
        self.send_response(200); self.end_headers(); self.wfile.write(text.encode())
print("serving", flush=True)
http.server.HTTPServer(("", ${port}), Handler).serve_forever()
`
const other = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"the other")
http.server.HTTPServer(("127.0.0.1", 8081), Handler).serve_forever()
`

function group(image: string, first = serving, dnsNameLabel = 'a-group') {
  const resources = { requests: { cpu: 0.5, memoryInGB: 0.25 } }
  return {
    location: 'local',
    properties: {
      ...{ osType: 'Linux', restartPolicy: 'Always' },
      containers: [
        {
          name: 'first',
          properties: {
            ...{ image, resources, command: ['python3', '-c', first], ports: [{ port }] },
            environmentVariables: [{ name: 'SECRET', secureValue: 'hidden-variable' }],
            volumeMounts: [{ name: 'told', mountPath: '/etc/told', readOnly: true }],
          },
        },
        { name: 'second', properties: { image, resources, command: ['python3', '-c', other] } },
      ],
      volumes: [{ name: 'told', secret: { word: Buffer.from('hidden-file').toString('base64') } }],
      ipAddress: { type: 'Public', ports: [{ protocol: 'TCP', port }], dnsNameLabel },
    },
  }
}

const shape = z.object({
  properties: z.object({
    ipAddress: z.object({ ip: z.string(), fqdn: z.string().optional() }),
    instanceView: z.object({ state: z.string() }),
    containers: z.array(
      z.object({
        properties: z.object({
          instanceView: z.object({
            restartCount: z.number(),
            currentState: z.object({ state: z.string(), exitCode: z.number().optional() }),
          }),
        }),
      }),
    ),
  }),
})
const read = async (name: string) => shape.parse((await client.arm('GET', at(name))).body).properties

const get = (address: string, path = '/') =>
  exchange(`http://${address}:${port}`, { method: 'GET', path }).then(
    ({ body }) => body,
    () => undefined,
  )

testGroups.serial(
  'the containers of a group run in one network, with their secrets, at an address of its own',
  async (t) => {
    t.timeout(120_000)
    const made = await client.arm('PUT', at('running'), group(base.name))
    t.like(await client.finished(made), { status: 'Succeeded' })
    const { ipAddress, instanceView } = await read('running')
    t.is(instanceView.state, 'Running')
    t.regex(ipAddress.ip, /^127\.(6[4-9]|[7-9]\d|1[0-8]\d|19[01])\./)
    t.is(ipAddress.fqdn, undefined)
    await until(async () => (await get(ipAddress.ip)) !== undefined)
    t.is(await get(ipAddress.ip), 'hidden-variable hidden-file')
    await until(async () => (await get(ipAddress.ip, '/other')) === 'the other')
    const { body } = await client.arm('GET', at('running'))
    t.notRegex(JSON.stringify(body), /hidden|aGlkZGVu/)
    const log = await client.arm('GET', `${at('running')}/containers/first/logs?tail=100`)
    t.regex(JSON.stringify(log.body), /serving\\n/)

    // What ends is started again, and counted.
    await get(ipAddress.ip, '/end')
    await until(async () => (await read('running')).containers[0]?.properties.instanceView.restartCount === 1)
    await until(async () => (await get(ipAddress.ip)) !== undefined)

    t.is((await client.arm('POST', `${at('running')}/stop`)).status, 204)
    const stopped = await read('running')
    t.is(stopped.containers[1]?.properties.instanceView.currentState.state, 'Terminated')
    t.not(stopped.instanceView.state, 'Running')
    t.is(await get(ipAddress.ip), undefined)
    t.is((await client.arm('POST', `${at('running')}/start`)).status, 204)
    await until(async () => (await get(ipAddress.ip)) !== undefined)
  },
)

testGroups.serial('an image that cannot be had fails the update, and what ran runs on', async (t) => {
  t.timeout(120_000)
  const { ipAddress } = await read('running')
  const wrong = await client.finished(await client.arm('PUT', at('running'), group('127.0.0.1:9/not/there:1')))
  t.like(wrong, { status: 'Failed', error: { code: 'InaccessibleImage' } })
  t.is(await get(ipAddress.ip), 'hidden-variable hidden-file')
})

testGroups.serial('a container that cannot start waits longer and longer, as Azure tells it', async (t) => {
  t.timeout(120_000)
  await client.finished(
    await client.arm('PUT', at('crashing'), group(base.name, 'raise SystemExit(3)', 'another-group')),
  )
  await until(async () => {
    const { containers, instanceView } = await read('crashing')
    const { restartCount = 0, currentState } = containers[0]?.properties.instanceView ?? {}
    return restartCount >= 3 && currentState?.state === 'Waiting' && instanceView.state !== 'Running'
  })
  t.is((await client.arm('DELETE', at('crashing'))).status, 200)
})

testGroups.serial(
  'groups run again after a restart of the emulator, and leave nothing when they are deleted',
  async (t) => {
    t.timeout(120_000)
    const { ipAddress } = await read('running')
    await stop()
    t.is(await get(ipAddress.ip), undefined)
    await start()
    await until(async () => (await get(ipAddress.ip)) === 'hidden-variable hidden-file')
    t.is((await read('running')).ipAddress.ip, ipAddress.ip)
    const own = async () => {
      const engine = await dockerEngine()
      const containers = await engine.listContainers({ all: true, filters: { ancestor: [base.name] } })
      return containers.map(({ Labels: labels }) => labels['azureml-cd.owner'])
    }
    // By which the next emulator finds what a killed one leaves.
    t.is((await own()).filter((owner) => owner !== undefined).length, 2)
    t.is((await client.arm('DELETE', at('running'))).status, 200)
    t.deepEqual(await own(), [])
  },
)
