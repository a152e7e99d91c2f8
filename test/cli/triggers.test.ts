import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as bodyOf } from 'node:stream/consumers'
import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { certificates } from '../../emulator/tls/certificates.ts'
import { Client } from '../emulator/client.ts'
import { ForwardProxy } from '../fakes/forwardProxy.ts'
import { FakeGitHub } from '../fakes/github/fakeGitHub.ts'
import { product, runProgram } from './commandLine.ts'
import { TriggersProgram } from './triggersProgram.ts'

let emulator: Emulator
let client: Client
let program: TriggersProgram

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
  client = new Client(emulator)
  program = await TriggersProgram.start(client, emulator)
})
test.after.always(async () => {
  await program?.close()
  await client?.close()
  await emulator?.close()
})

type Labels = Readonly<Record<string, string>>

const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'

async function register(model: string, version: string, tags: Labels = {}, more: Labels = {}): Promise<void> {
  const properties = { modelUri, modelType: 'custom_model', tags, ...more }
  await client.arm('PUT', `models/${model}/versions/${version}`, { properties })
}

const labelled = z.object({ properties: z.object({ tags: z.record(z.string(), z.string()) }) })
const tagsOf = async (path: string): Promise<Labels> =>
  labelled.parse((await client.arm('GET', path)).body).properties.tags
const historyOf = (answer: unknown) =>
  z.object({ entries: z.array(z.looseObject({ kind: z.string(), text: z.string().optional() })) }).parse(answer).entries

test('a sweep starts the newest version once, the version says so, and another start is asked for by command', async (t) => {
  const file = await program.rulesFor('newest', 'model: risk, tags: { stage: ready }')
  await register('risk', '1', { stage: 'ready' })
  await register('risk', '2', { stage: 'ready' })
  await register('risk', '3', { stage: 'draft' })
  const before = await program.run(file, 'check', '--model', 'risk:2')
  t.is(before.code, 0, before.stderr)
  t.like(before.answer, {
    rules: [{ rule: 'newest', selected: true, destinations: [{ name: 'ship', state: 'starts' }] }],
  })
  t.like((await program.run(file, 'check', '--model', 'risk:3')).answer, { rules: [{ selected: false }] })

  const [first, second] = await Promise.all([program.run(file, 'sweep'), program.run(file, 'sweep')])
  t.deepEqual([first?.code, second?.code], [0, 0], `${first?.stderr}${second?.stderr}`)
  t.deepEqual(program.received('newest'), ['2'], `${first?.stderr}${second?.stderr}`)
  const again = await program.run(file, 'sweep')
  t.like(again.answer, { swept: [{ fresh: 0 }], left: 0 })
  t.deepEqual(program.received('newest'), ['2'])

  const tags = await tagsOf('models/risk/versions/2')
  t.regex(tags['azureml-cd.trigger.newest.ship'] ?? '', /^started 20\d\d-/)
  t.is(tags.stage, 'ready')
  t.deepEqual(
    historyOf((await program.run(file, 'history')).answer)
      .map(({ kind }) => kind)
      .sort(),
    ['decided', 'started'],
  )

  const old = await program.run(file, 'redeliver', '--model', 'risk:1', '--rule', 'newest')
  t.is(old.code, 1)
  t.regex(old.stderr, /older than version 2.*--force/)
  t.is((await program.run(file, 'redeliver', '--model', 'risk:2', '--rule', 'newest')).code, 0)
  t.deepEqual(program.received('newest'), ['2', '2'])
  const ids = program.server.exchanges
    .filter(({ path }) => path === '/newest')
    .map(({ headers }) => headers['webhook-id'])
  t.is(new Set(ids).size, 2)
  t.like((await program.run(file, 'prune', '--days', '0')).answer, { removed: 4 })
  await program.run(file, 'sweep')
  t.deepEqual(program.received('newest'), ['2', '2'])
})

test('every version is started in its order, also after a certain failure', async (t) => {
  const file = await program.rulesFor('each', `model: steps, order: every, since: '2020-01-01'`)
  for (const version of ['1', '2', '3']) await register('steps', version)
  program.server.fail({
    method: 'POST',
    path: /each$/,
    when: 'before',
    how: { status: 429, headers: { 'retry-after': '1' } },
  })
  const swept = await program.run(file, 'sweep')
  t.is(swept.code, 0, swept.stderr)
  t.deepEqual(program.received('each').slice(-3), ['1', '2', '3'], swept.stderr)
})

test('a dry run tells what it would start, once, and starts nothing', async (t) => {
  const file = await program.rulesFor('dry', 'model: calm, dryRun: true')
  await register('calm', '1')
  t.regex((await program.run(file, 'sweep')).stderr, /Would start calm:1 at ship/)
  t.notRegex((await program.run(file, 'sweep')).stderr, /Would start/)
  t.deepEqual(program.received('dry'), [])
})

test('faults are told with their place, and exit with 2', async (t) => {
  const file = await program.rulesFor('wrong', 'modle: risk')
  const ended = await program.run(file, 'check')
  t.is(ended.code, 2)
  t.regex(ended.stderr, /wrong\.yml:3: rules\[0\]\.modle: This key is not known; did you mean "model"\?/)
  t.is((await program.run(join(program.folder, 'none.yml'), 'check')).code, 2)
  const right = await program.rulesFor('right', 'model: risk')
  t.regex((await program.run(right, 'chek')).stderr, /There is no command "chek" of triggers/)
  t.is((await program.run(right, 'check', '--model', 'risk')).code, 2)
})

test('a model of a registry starts what its rule says, and carries the tag itself', async (t) => {
  const registry = client.workspace.replace(/\/workspaces\/.*/, '/registries/shared')
  await client.finished(await client.arm('PUT', registry, { location: 'local', properties: {} }))
  for (const version of ['1', '2'])
    await client.finished(
      await client.arm('PUT', `${registry}/models/common/versions/${version}`, { properties: { modelUri } }),
    )
  const sources = `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
registries: [{ id: ${registry}, cloud: '${emulator.url}' }]`
  const file = await program.rulesFor('shared', 'model: common, workspaces: [shared]', sources)
  const swept = await program.run(file, 'sweep')
  t.is(swept.code, 0, swept.stderr)
  t.deepEqual(program.received('shared'), ['2'])
  t.regex((await tagsOf(`${registry}/models/common/versions/2`))['azureml-cd.trigger.shared.ship'] ?? '', /^started /)
  t.is((await program.run(file, 'redeliver', '--model', 'common:2', '--rule', 'shared')).code, 2)
  const again = ['redeliver', '--model', 'common:2', '--rule', 'shared', '--source', 'shared'] as const
  t.is((await program.run(file, ...again)).code, 0)
  t.deepEqual(program.received('shared'), ['2', '2'])
})

test('check tells of each condition why a version is selected or not, and nothing it says commands an agent', async (t) => {
  const rule = `model: 'judged*', stage: Production, minimumVersion: 2, when: 'rmse < 60 and properties.depth >= 3',
    tags: { team: risk }`
  const file = await program.rulesFor('judge', rule)
  const hostile = '##vso[task.complete result=Failed;]\n::error::x \u001b[31m'
  const reasons = async (version: string, ...more: readonly string[]) =>
    (await program.plain(file, 'check', '--model', `judged:${version}`, ...more)).stdout
  await client.arm('PUT', 'models/judged/versions/2', {
    properties: { modelUri, stage: 'Production', tags: { team: 'risk', rmse: '57.2' }, properties: { depth: '3' } },
  })
  await client.arm('PUT', 'models/judged/versions/1', {
    properties: { modelUri, stage: 'Development', tags: { team: hostile, rmse: hostile }, properties: {} },
  })
  const good = await reasons('2')
  t.regex(good, /^✔ judge/m)
  t.regex(good, /✔ rmse \(57\.2\) is < 60, properties\.depth \(3\) is >= 3/)
  t.regex(good, /→ ship: starts/)
  const bad = await reasons('1')
  t.regex(bad, /^✘ judge/m)
  t.regex(bad, /✘ the stage is Development, asked for is Production/)
  t.regex(bad, /✘ the version is 1, asked for is at least 2/)
  t.regex(bad, /✘ the tag team is .*asked for is risk/)
  t.regex(bad, /✘ rmse is .*which is no number/)
  t.regex(bad, /→ ship: not selected/)
  for (const output of [bad, await reasons('1', '--json')]) {
    t.false(output.includes('##vso['), output)
    t.false(output.includes('\u001b'), output)
    t.notRegex(output, /^\s*::/m)
  }
})

test('a destination on a private network is refused before anything is sent, and given up until a person asks', async (t) => {
  const file = await program.rulesFor('inward', 'model: inward')
  await register('inward', '1')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(' allowPrivateAddresses: true,', ''))
  const swept = await program.run(file, 'sweep')
  t.regex(swept.stderr, /belongs to this machine or a private network and is not connected to/)
  t.deepEqual(program.received('inward'), [])
  t.is((await program.run(file, 'sweep')).stderr, '')
  t.like(historyOf((await program.run(file, 'history', '--limit', '1')).answer), [{ kind: 'given-up' }])
  await writeFile(file, text)
  t.is((await program.run(file, 'redeliver', '--model', 'inward:1', '--rule', 'inward')).code, 0)
  t.deepEqual(program.received('inward'), ['1'])
})

test('status and history tell what was started, and the version how it ended', async (t) => {
  const github = new FakeGitHub({
    repository: 'contoso/models',
    tokens: { github_pat_of_a_test: { contents: 'write', actions: 'write' } },
    workflows: { 'deploy.yml': { event: 'workflow_dispatch', takes: ['version'] } },
  })
  await github.server.start()
  t.teardown(() => github.server.close())
  const file = join(program.folder, 'story.yml')
  await writeFile(
    file,
    `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
rules: [{ name: story, model: 'story*', destinations: [github] }]
destinations:
  github:
    kind: github-workflow
    repository: contoso/models
    api: ${github.server.url}
    auth: { token: { fromEnvironment: GITHUB_TOKEN } }
    workflow: deploy.yml
    ref: main
    inputs: { version: '{model.name}:{model.version}' }
    allowPrivateAddresses: true
`,
  )
  const run = (...words: readonly string[]) =>
    runProgram(product, ['triggers', ...words, '--file', file, '--ledger', `${file}.ledger`], {
      environment: { ...program.environment, GITHUB_TOKEN: 'github_pat_of_a_test' },
    })
  await register('story-a', '1')
  await register('story-b', '7')
  t.regex((await run('status')).stdout, /Nothing was started yet/)
  const swept = await run('sweep', '--wait-seconds', '1')
  t.is(swept.code, 0, swept.stderr)
  const status = await run('status', '--model', 'story-a')
  t.is(status.stdout, 'story-a → github (story): newest 1; running 1\n')
  const tag = async (model: string) => (await tagsOf(`models/${model}`))['azureml-cd.trigger.story.github'] ?? ''
  t.regex(await tag('story-a/versions/1'), /^started 20\S+Z https?:\/\/\S+$/)
  for (const one of github.runs) {
    one.status = 'completed'
    one.conclusion = one.given.version === 'story-a:1' ? 'success' : 'failure'
  }
  await run('sweep', '--wait-seconds', '1')
  t.regex(await tag('story-a/versions/1'), /^succeeded 20\S+Z https?:\/\/\S+$/)
  t.regex(await tag('story-b/versions/7'), /^failed /)
  const history = await run('history', '--model', 'story-b')
  t.regex(history.stdout, /started {2}story-b:7 → github \(story\) {2}https?:[\s\S]*ended {2}story-b:7 .* failed/)
  t.notRegex(history.stdout, /story-a/)
  t.is(github.runs.length, 2)
})

test('a destination behind a proxy is told through it, when it proves its name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'behind-proxy-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { certificate: cert, key, ca } = certificates(folder, ['hooks.example'])
  const bodies: string[] = []
  const receiver = createServer({ cert, key }, async (request, response) => {
    bodies.push(await bodyOf(request))
    response.writeHead(202).end()
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  t.teardown(() => receiver.close())
  const address = receiver.address()
  const proxy = await ForwardProxy.start(typeof address === 'object' && address ? address.port : 0)
  t.teardown(() => proxy.close())
  const file = await program.rulesFor('proxied', 'model: proxied')
  await writeFile(file, (await readFile(file, 'utf8')).replace(program.server.url, 'https://hooks.example'))
  const trusted = join(folder, 'trusted.pem')
  await writeFile(trusted, `${ca}\n${emulator.ca}`)
  await register('proxied', '1')
  const words = ['triggers', 'sweep', '--file', file, '--ledger', `${file}.ledger`, '--wait-seconds', '0']
  const ended = await runProgram(product, words, {
    environment: {
      ...{ ...program.environment, NODE_EXTRA_CA_CERTS: trusted, NO_PROXY: '127.0.0.1,localhost' },
      HTTPS_PROXY: `http://someone:a-password-of-a-proxy@127.0.0.1:${proxy.port}`,
    },
  })
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(proxy.asked, ['CONNECT hooks.example:443'])
  t.is(bodies.length, 1)
  t.regex(bodies[0] ?? '', /"subject":"models\/proxied:1"/)
  t.false(`${ended.stdout}${ended.stderr}`.includes('a-password-of-a-proxy'))
})
