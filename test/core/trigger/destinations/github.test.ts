import { generateKeyPairSync } from 'node:crypto'
import { getOctokit } from '@actions/github'
import test, { type ExecutionContext } from 'ava'
import { Octokit } from 'octokit'
import { until } from '../../../emulator/until.ts'
import { describedOperations, operationsOf, violations } from '../../../fakes/github/contract.ts'
import { FakeGitHub, type Permissions } from '../../../fakes/github/fakeGitHub.ts'
import { destination, failureOf, orderFor, signal } from './orders.ts'

const repository = 'contoso/models'
const auth = { token: { fromEnvironment: 'GITHUB_TOKEN' } }
const secrets = { GITHUB_TOKEN: 'github_pat_of_a_test' }
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const text = (value: unknown) => (typeof value === 'string' ? value : '')

async function github(
  t: ExecutionContext,
  permissions: Permissions = { contents: 'write', actions: 'write' },
): Promise<FakeGitHub> {
  const fake = new FakeGitHub({
    repository,
    tokens: { [secrets.GITHUB_TOKEN]: permissions },
    workflows: {
      'on-model.yml': {
        event: 'repository_dispatch',
        takes: ['model-registered'],
        runName: ({ subject, id }) => `Deploy ${text(subject)} (${text(id)})`,
      },
      'deploy.yml': {
        event: 'workflow_dispatch',
        takes: ['model-name', 'model-version', 'key'],
        runName: ({ key }) => `Deploy ${text(key)}`,
      },
    },
    app: { id: 4711, publicKey, granted: { contents: 'write', actions: 'write', issues: 'write' } },
  })
  await fake.server.start()
  t.teardown(async () => {
    await fake.server.close()
    const found = violations(fake.server.exchanges)
    if (found.length > 0) throw new Error(`Not as GitHub describes it:\n${found.join('\n')}`)
  })
  return fake
}

const dispatchTo = (fake: FakeGitHub, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ kind: 'github-dispatch', repository, auth, api: fake.server.url, allowPrivateAddresses: true },
  ...more,
})

const workflowOf = (fake: FakeGitHub, more: Readonly<Record<string, unknown>> = {}) => ({
  ...dispatchTo(fake, { kind: 'github-workflow', workflow: 'deploy.yml', ref: 'main' }),
  inputs: { 'model-name': '{model.name}', 'model-version': '{model.version}', key: '{key}' },
  ...more,
})

test('a repository dispatch starts what listens to it, and the 204 is a success', async (t) => {
  const fake = await github(t)
  const ship = destination(t, dispatchTo(fake, { runNameHoldsKey: true }), secrets)
  const order = orderFor('7', { tags: { stage: 'ready', note: '$(touch /tmp/owned) `id` ##vso[task.complete]' } })
  await ship.start(order, signal)
  t.is(fake.runs.length, 1)
  t.like(fake.runs[0]?.given, {
    id: order.idempotencyKey,
    type: 'Microsoft.MachineLearningServices.ModelRegistered',
    topic: order.workspaceId,
    subject: 'models/diabetes:7',
    rule: 'to-production',
    data: {
      modelName: 'diabetes',
      modelVersion: '7',
      modelTags: { note: '$(touch /tmp/owned) `id` ##vso[task.complete]' },
    },
  })
  t.like(await ship.find(order, signal), { id: String(fake.runs[0]?.id) })
  t.is(await ship.find(orderFor('8'), signal), undefined)
})

test('a workflow is run with inputs, and its run is told at once', async (t) => {
  const fake = await github(t)
  const ship = destination(t, workflowOf(fake, { runNameHoldsKey: true }), secrets)
  const started = await ship.start(orderFor('7'), signal)
  const [run] = fake.runs
  t.like(run?.given, { 'model-name': 'diabetes', 'model-version': '7' })
  t.is(started.id, String(run?.id))
  t.regex(started.url ?? '', /^https:\/\/github\.com\/contoso\/models\/actions\/runs\/\d+$/)
  t.is(await ship.state?.(started, signal), 'running')
  if (run) Object.assign(run, { status: 'completed', conclusion: 'timed_out' })
  t.is(await ship.state?.(started, signal), 'failed')
  if (run) Object.assign(run, { conclusion: 'success' })
  t.is(await ship.state?.(started, signal), 'succeeded')
})

test('a server that does not tell the run is asked for it by its name', async (t) => {
  const fake = await github(t)
  fake.isOld = true
  const ship = destination(t, workflowOf(fake, { runNameHoldsKey: true }), secrets)
  const started = await ship.start(orderFor('7'), signal)
  t.is(await ship.state?.(started, signal), 'unknown')
  t.like(await ship.find(orderFor('7'), signal), { id: String(fake.runs[0]?.id) })
})

test('a dispatch whose answer was lost is uncertain, and is found once it shows', async (t) => {
  const fake = await github(t)
  fake.shownAfterMilliseconds = 1500
  const ship = destination(t, dispatchTo(fake, { runNameHoldsKey: true }), secrets)
  fake.server.fail({ method: 'POST', path: /dispatches$/, when: 'after', how: 'drop' })
  const lost = await failureOf(t, ship.start(orderFor('7'), signal))
  t.like(lost, { certain: false, permanent: false })
  t.is(await ship.find(orderFor('7'), signal), undefined)
  await until(async () => (await ship.find(orderFor('7'), signal)) !== undefined)
  t.is(fake.runs.length, 1)
})

test('the run of another version is not taken for one whose key it begins with', async (t) => {
  const fake = await github(t)
  const ship = destination(t, dispatchTo(fake, { runNameHoldsKey: true }), secrets)
  const long = orderFor('7', {}, { idempotencyKey: 'a'.repeat(40) })
  await ship.start(long, signal)
  t.is(await ship.find(orderFor('7', {}, { idempotencyKey: 'a'.repeat(32) }), signal), undefined)
  t.not(await ship.find(long, signal), undefined)
})

test('a run is found behind more than a thousand others', async (t) => {
  const fake = await github(t)
  const ship = destination(t, dispatchTo(fake, { runNameHoldsKey: true }), secrets)
  const order = orderFor('7')
  await ship.start(order, signal)
  const [first] = fake.runs
  if (!first) throw new Error('There is no run.')
  for (let count = 1; count <= 1450; count += 1)
    fake.runs.push({ ...first, id: first.id + count, title: 'another', createdAt: new Date(Date.now() + count * 20) })
  t.like(await ship.find(order, signal), { id: String(first.id) })
  t.is(await ship.find(orderFor('8'), signal), undefined)
})

test('what GitHub refuses is told apart from what it could not do', async (t) => {
  const fake = await github(t, { contents: 'read' })
  const ship = destination(t, dispatchTo(fake), secrets)
  const forbidden = await failureOf(t, ship.start(orderFor('7'), signal))
  t.like(forbidden, { certain: true, permanent: true })
  t.regex(forbidden.message, /contents: write/)
  const fail = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    fake.server.fail({
      ...{ method: 'POST', path: /dispatches$/, when: 'before' },
      how: { status, headers, body: { message: 'x' } },
    })
  fail(503)
  t.like(await failureOf(t, ship.start(orderFor('7'), signal)), { certain: false, permanent: false })
  fail(403, { 'retry-after': '60' })
  t.like(await failureOf(t, ship.start(orderFor('7'), signal)), {
    ...{ certain: true, permanent: false, retryAfterSeconds: 60 },
  })
  fail(302, { location: 'https://elsewhere.example/' })
  const redirected = await failureOf(t, ship.start(orderFor('7'), signal))
  t.true(redirected.permanent)
  t.regex(redirected.message, /redirect/)
  t.is(fake.runs.length, 0)
})

test('a token that is not good is told without being shown', async (t) => {
  const fake = await github(t)
  const ship = destination(t, dispatchTo(fake), { GITHUB_TOKEN: 'ghp_wrongAndSecret' })
  const failure = await failureOf(t, ship.start(orderFor('7'), signal))
  t.like(failure, { certain: true, permanent: true })
  t.notRegex(failure.message, /ghp_/)
  const missing = await failureOf(t, destination(t, dispatchTo(fake), {}).start(orderFor('7'), signal))
  t.like(missing, { certain: true, permanent: false })
})

test('an app asks for a token of this repository that may do no more than the call needs', async (t) => {
  const fake = await github(t)
  const app = { app: { id: 4711, privateKey: { fromEnvironment: 'KEY' } } }
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const ship = destination(t, dispatchTo(fake, { auth: app }), { KEY: key })
  await ship.start(orderFor('7'), signal)
  await ship.start(orderFor('8'), signal)
  t.is(fake.runs.length, 2)
  const asked = fake.server.exchanges.filter(({ path }) => path.endsWith('access_tokens'))
  t.deepEqual(
    asked.map(({ text: body }) => JSON.parse(body)),
    [{ repositories: ['models'], permissions: { contents: 'write' } }],
  )
  fake.server.fail({ method: 'POST', path: /access_tokens$/, when: 'before', how: { status: 502 } })
  const other = destination(t, workflowOf(fake, { auth: app }), { KEY: key })
  t.like(await failureOf(t, other.start(orderFor('9'), signal)), { certain: true, permanent: false })
})

test('official clients find the fake to be GitHub, and every described operation was exchanged', async (t) => {
  const fake = await github(t)
  const octokit = new Octokit({ auth: secrets.GITHUB_TOKEN, baseUrl: fake.server.url })
  const [owner = '', repo = ''] = repository.split('/')
  const dispatched = await octokit.rest.repos.createDispatchEvent({ owner, repo, event_type: 'model-registered' })
  t.is(dispatched.status, 204)
  const inputs = { 'model-name': 'diabetes' }
  const fromActions = getOctokit(secrets.GITHUB_TOKEN, { baseUrl: fake.server.url })
  await fromActions.rest.actions.createWorkflowDispatch({ owner, repo, workflow_id: 'deploy.yml', ref: 'main', inputs })
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ owner, repo, event: 'workflow_dispatch' })
  t.is(data.total_count, 1)
  const of = await octokit.rest.actions.listWorkflowRuns({ owner, repo, workflow_id: 'on-model.yml' })
  t.is(of.data.total_count, 1)
  const [run] = data.workflow_runs
  t.is((await octokit.rest.actions.getWorkflowRun({ owner, repo, run_id: Number(run?.id) })).data.status, 'queued')
  await t.throwsAsync(
    octokit.rest.actions.createWorkflowDispatch({
      ...{ owner, repo, workflow_id: 'deploy.yml', ref: 'main' },
      inputs: { surprise: 'x' },
    }),
    { message: /Unexpected inputs/ },
  )
  const app = { app: { id: 4711, privateKey: { fromEnvironment: 'KEY' } } }
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await destination(t, dispatchTo(fake, { auth: app }), { KEY: key }).start(orderFor('7'), signal)
  t.deepEqual(
    describedOperations.filter((one) => !operationsOf(fake.server.exchanges).has(one)),
    [],
  )
})
