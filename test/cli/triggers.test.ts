import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from '../emulator/client.ts'
import { FakeServer } from '../fakes/fakeServer.ts'
import { product, runProgram } from './commandLine.ts'

let emulator: Emulator
let client: Client
let server: FakeServer
let folder: string

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
  client = new Client(emulator)
  server = new FakeServer(() => ({ status: 202 }))
  await server.start()
  folder = await mkdtemp(join(tmpdir(), 'azureml-cd-triggers-'))
})
test.after.always(async () => {
  await server?.close()
  await client?.close()
  await emulator?.close()
  await rm(folder, { recursive: true, force: true })
})

async function register(model: string, version: string, tags: Readonly<Record<string, string>> = {}): Promise<void> {
  const modelUri = `azureml://datastores/workspaceblobstore/paths/${model}/${version}`
  const properties = { modelUri, modelType: 'custom_model', tags }
  await client.arm('PUT', `models/${model}/versions/${version}`, { properties })
}

async function rulesFor(name: string, rule: string): Promise<string> {
  const file = join(folder, `${name}.yml`)
  await writeFile(
    file,
    `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
rules:
  - { name: ${name}, destinations: [ship], ${rule} }
destinations:
  ship: { kind: webhook, url: '${server.url}/${name}', allowPrivateAddresses: true, secret: { fromEnvironment: HOOK } }
`,
  )
  return file
}

async function triggers(file: string, ...args: readonly string[]) {
  const [command = '', ...rest] = args
  const ended = await runProgram(
    product,
    ['triggers', command, '--file', file, '--ledger', `${file}.ledger`, '--json', ...rest],
    {
      environment: {
        ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
        ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: emulator.caFile },
        HOOK: `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`,
      },
    },
  )
  return { ...ended, answer: z.record(z.string(), z.unknown()).parse(JSON.parse(ended.stdout.trim() || '{}')) }
}

const received = (name: string) =>
  server.exchanges
    .filter(({ path }) => path === `/${name}`)
    .map(
      ({ text }) =>
        z.object({ data: z.object({ modelVersion: z.string() }) }).parse(JSON.parse(text)).data.modelVersion,
    )

test('a sweep starts the newest version once, the version says so, and another start is asked for by command', async (t) => {
  const file = await rulesFor('newest', 'model: risk, tags: { stage: ready }')
  await register('risk', '1', { stage: 'ready' })
  await register('risk', '2', { stage: 'ready' })
  await register('risk', '3', { stage: 'draft' })
  const before = await triggers(file, 'check', '--model', 'risk:2')
  t.is(before.code, 0, before.stderr)
  t.like(before.answer, {
    rules: [{ rule: 'newest', selected: true, destinations: [{ name: 'ship', state: 'starts' }] }],
  })
  t.like((await triggers(file, 'check', '--model', 'risk:3')).answer, { rules: [{ selected: false }] })

  const [first, second] = await Promise.all([triggers(file, 'sweep'), triggers(file, 'sweep')])
  t.deepEqual([first?.code, second?.code], [0, 0], `${first?.stderr}${second?.stderr}`)
  t.deepEqual(received('newest'), ['2'], `${first?.stderr}${second?.stderr}`)
  const again = await triggers(file, 'sweep')
  t.like(again.answer, { swept: [{ fresh: 0 }], left: 0 })
  t.deepEqual(received('newest'), ['2'])

  const { body } = await client.arm('GET', 'models/risk/versions/2')
  const { tags } = z.object({ properties: z.object({ tags: z.record(z.string(), z.string()) }) }).parse(body).properties
  t.regex(tags['azureml-cd.trigger.newest.ship'] ?? '', /^started 20\d\d-/)
  t.is(tags.stage, 'ready')
  const { entries } = z
    .object({ entries: z.array(z.object({ kind: z.string() })) })
    .parse((await triggers(file, 'history')).answer)
  t.deepEqual(entries.map(({ kind }) => kind).sort(), ['decided', 'started'])

  const old = await triggers(file, 'redeliver', '--model', 'risk:1', '--rule', 'newest')
  t.is(old.code, 1)
  t.regex(old.stderr, /older than version 2.*--force/)
  t.is((await triggers(file, 'redeliver', '--model', 'risk:2', '--rule', 'newest')).code, 0)
  t.deepEqual(received('newest'), ['2', '2'])
  const ids = server.exchanges.filter(({ path }) => path === '/newest').map(({ headers }) => headers['webhook-id'])
  t.is(new Set(ids).size, 2)
  t.like((await triggers(file, 'prune', '--days', '0')).answer, { removed: 4 })
  await triggers(file, 'sweep')
  t.deepEqual(received('newest'), ['2', '2'])
})

test('every version is started in its order, also after a certain failure', async (t) => {
  const file = await rulesFor('each', `model: steps, order: every, since: '2020-01-01'`)
  for (const version of ['1', '2', '3']) await register('steps', version)
  server.fail({ method: 'POST', path: /each$/, when: 'before', how: { status: 429, headers: { 'retry-after': '1' } } })
  const swept = await triggers(file, 'sweep')
  t.is(swept.code, 0, swept.stderr)
  t.deepEqual(received('each').slice(-3), ['1', '2', '3'], swept.stderr)
})

test('a dry run tells what it would start, once, and starts nothing', async (t) => {
  const file = await rulesFor('dry', 'model: calm, dryRun: true')
  await register('calm', '1')
  t.regex((await triggers(file, 'sweep')).stderr, /Would start calm:1 at ship/)
  t.notRegex((await triggers(file, 'sweep')).stderr, /Would start/)
  t.deepEqual(received('dry'), [])
})

test('faults are told with their place, and exit with 2', async (t) => {
  const file = await rulesFor('wrong', 'modle: risk')
  const ended = await triggers(file, 'check')
  t.is(ended.code, 2)
  t.regex(ended.stderr, /wrong\.yml:3: rules\[0\]\.modle: This key is not known; did you mean "model"\?/)
  t.is((await triggers(join(folder, 'none.yml'), 'check')).code, 2)
  const right = await rulesFor('right', 'model: risk')
  t.regex((await triggers(right, 'chek')).stderr, /There is no command "chek" of triggers/)
  t.is((await triggers(right, 'check', '--model', 'risk')).code, 2)
})
