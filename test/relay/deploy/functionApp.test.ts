import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type ExecutionContext } from 'ava'
import { unzipSync } from 'fflate'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { Client } from '../../emulator/client.ts'
import { FakeServer } from '../../fakes/fakeServer.ts'
import { gridEvent, statusToken } from '../world.ts'

let emulator: Emulator
let client: Client
let server: FakeServer
let folder: string
let app: string

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
  client = new Client(emulator)
  server = new FakeServer(() => ({ status: 202 }))
  await server.start()
  folder = mkdtempSync(join(tmpdir(), 'function-app-'))
  app = join(folder, 'relay')
  const rules = join(folder, 'rules.yml')
  writeFileSync(
    rules,
    `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
rules: [{ name: all, model: '*', destinations: [ship] }]
destinations:
  ship: { kind: webhook, url: '${server.url}', allowPrivateAddresses: true, secret: { fromEnvironment: HOOK } }
`,
  )
  execFileSync(process.execPath, ['scripts/packageRelay.mjs', '--rules', rules, '--out', app], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
})
test.after.always(async () => {
  await server?.close()
  await client?.close()
  await emulator?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const binding = z.looseObject({ type: z.string() })
const registered = z.array(z.object({ name: z.string(), bindings: z.array(binding) }))
const answer = z.object({
  status: z.number().optional(),
  body: z.string().optional(),
  error: z.string().optional(),
  logs: z.array(z.string()),
})

/** The packaged app in a process of its own, as the worker of Azure Functions has it. */
async function load(t: ExecutionContext, settings: Readonly<Record<string, string>>) {
  const child: ChildProcess = spawn(process.execPath, ['test/relay/deploy/functionsWorker.mjs', app], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
      ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: emulator.caFile },
      HOOK: `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`,
      ...settings,
    },
  })
  t.teardown(() => void child.kill('SIGKILL'))
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('The worker has no pipes.')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The worker ended.')
    return JSON.parse(z.string().parse(value))
  }
  const functions = registered.parse(await next())
  const invoke = async (name: string, data: unknown) => {
    stdin.write(`${JSON.stringify({ name, data })}\n`)
    return answer.parse(await next())
  }
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    invoke('relay', { http: { method: 'GET', url: `https://relay.example${path}`, headers } })
  const tell = (model: string, version: string, id: string) => {
    const event = gridEvent(version, { id, topic: client.workspace, data: { ModelName: model, ModelVersion: version } })
    return invoke('modelRegistered', { json: JSON.stringify(event) })
  }
  return { functions, invoke, get, tell }
}

async function register(model: string, version: string): Promise<void> {
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  await client.arm('PUT', `models/${model}/versions/${version}`, { properties: { modelUri } })
}

const received = () =>
  server.exchanges.map(({ text }) => z.object({ subject: z.string() }).parse(JSON.parse(text)).subject)

test.serial('the packaged app is what Azure Functions loads, and the zip file has all of it', async (t) => {
  const { functions } = await load(t, { AZUREML_CD_RELAY_SWEEP_SCHEDULE: '0 0 * * * *' })
  const bindings = new Map(functions.map(({ name, bindings: all }) => [name, all]))
  t.deepEqual([...bindings.keys()], ['relay', 'modelRegistered', 'look', 'sweep'])
  t.like(bindings.get('relay')?.[0], { type: 'httpTrigger', route: '{*path}', authLevel: 'anonymous' })
  t.like(bindings.get('modelRegistered')?.[0], { type: 'eventGridTrigger' })
  t.like(bindings.get('look')?.[0], { type: 'timerTrigger' })
  t.like(bindings.get('sweep')?.[0], { type: 'timerTrigger', schedule: '0 0 * * * *' })
  t.like(JSON.parse(readFileSync(join(app, 'host.json'), 'utf8')), {
    version: '2.0',
    extensions: { http: { routePrefix: '' } },
  })
  const files = readdirSync(app, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const zipped = unzipSync(readFileSync(`${app}.zip`))
  t.deepEqual(
    Object.keys(zipped).toSorted(),
    files.map(({ parentPath, name }) => join(parentPath, name).slice(app.length + 1)).toSorted(),
  )
  t.deepEqual(Buffer.from(zipped['triggers.yml'] ?? []), readFileSync(join(folder, 'rules.yml')))
})

test.serial(
  'an event is stored and acted on within its invocation, and the clock finds what no event told',
  async (t) => {
    const { invoke, get, tell } = await load(t, {
      AZUREML_CD_LEDGER: join(folder, 'ledger'),
      AZUREML_CD_RELAY_STATUS_TOKEN: statusToken,
    })
    await register('told', '1')
    const first = await tell('told', '1', 'one')
    t.is(first.error, undefined)
    t.deepEqual(received(), ['models/told:1'])
    t.true(
      first.logs.some((line) => /^information: Started told:1 at ship/.test(line)),
      first.logs.join('\n'),
    )
    t.is((await tell('told', '1', 'one')).error, undefined)
    t.is((await tell('told', '1', 'again')).error, undefined)
    await register('untold', '4')
    t.is((await invoke('look', { json: '{}' })).error, undefined)
    t.deepEqual(received(), ['models/told:1'])
    t.is((await invoke('sweep', { json: '{}' })).error, undefined)
    t.deepEqual(received(), ['models/told:1', 'models/untold:4'])
    t.is((await get('/healthz')).status, 200)
    t.is((await get('/')).status, 401)
    const page = await get('/', { authorization: `Bearer ${statusToken}` })
    t.is(page.status, 200)
    t.regex(page.body ?? '', /<td>untold<td>4<td>all<td>ship/)
    // Only Azure itself may tell of events where no key or tenant is set.
    t.is((await get('/events')).status, 404)
  },
)

test.serial('what is missing is said at each call, and the event comes again', async (t) => {
  const { tell } = await load(t, {})
  for (const id of ['one', 'two'])
    t.regex((await tell('told', '1', id)).error ?? '', /The setting AZUREML_CD_LEDGER is required/)
})
