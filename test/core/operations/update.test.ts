import test from 'ava'
import { OwnService } from './ownService.ts'
import { Scorer, versionServed } from './scorer.ts'
import { type Ended, rolloutTags, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.registerExample()
})
test.after.always(() => workspace?.close())

/** The requests of a run that change something. */
function writesOf(run: Ended): readonly string[] {
  return workspace
    .requestsOf(run)
    .filter(({ method, path }) => method !== 'GET' && !/\/(listKeys|listSecrets|getLogs|token)\?/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/^.*\/workspaces\/[^/]+|\?.*$/g, '')}`)
}

test('a service moves to another version without a failed request and keeps everything else about it', async (t) => {
  await workspace.done(workspace.deployment('moved', 'diabetes:1'))
  const before = await workspace.service('moved')
  const scorer = await Scorer.start(workspace, 'moved')
  const { outputs } = await workspace.done(workspace.update('moved', 'diabetes:2'))
  await scorer.stop()
  t.like(outputs, { outcome: 'promoted', changed: true, modelVersion: '2', previousVersion: '1' })
  t.deepEqual(scorer.failures, [])
  t.deepEqual([...scorer.versions], ['1', '2'])

  const after = await workspace.service('moved')
  const [was, is] = [before.deployments[0], after.deployments[0]]
  t.is(after.deployments.length, 1)
  t.deepEqual(rolloutTags(after), [])
  t.is(is?.properties.model, String(was?.properties.model).replace(/1$/, '2'))
  // What was not said is now said: its default.
  const others = { model: undefined, appInsightsEnabled: false }
  t.deepEqual({ ...is?.properties, ...others }, { ...was?.properties, ...others })
  t.like(is?.properties, {
    instanceType: 'Standard_DS2_v2',
    environmentVariables: { SERVICE_NAME: 'diabetes' },
    requestSettings: { requestTimeout: 'PT5S', maxConcurrentRequestsPerInstance: 2 },
    livenessProbe: { period: 'PT10S', failureThreshold: 3 },
  })
  t.deepEqual(is?.sku, was?.sku)
})

test('a version that is served already changes nothing and nothing is written', async (t) => {
  await workspace.done(workspace.deployment('still', 'diabetes:2'))
  const run = await workspace.done(workspace.update('still', 'diabetes:2'))
  t.like(run.outputs, { outcome: 'unchanged', changed: false, modelVersion: '2', previousVersion: '2' })
  t.deepEqual(writesOf(run), [])
})

test('without a model, the newest version with the tags is what a service moves to', async (t) => {
  const service = await OwnService.create(workspace, 'newest')
  await workspace.done(service.deployment(await service.register()))
  await service.register()
  const path = ['register', '--name', 'newest', '--path', service.folder, '--tags', 'stage=test']
  await workspace.done(path)
  const tagless = await workspace
    .done(['update', '--service', 'newest', '--tags', 'stage=prod', '--dry-run'])
    .catch(String)
  t.regex(String(tagless), /no active version of the model "newest" with the tags stage=prod/)
  const planned = await workspace.done(['update', '--service', 'newest', '--dry-run'])
  t.like(planned.outputs, { outcome: 'planned', changed: false, modelVersion: '3' })
  t.deepEqual(writesOf(planned), [])
  t.regex(planned.stderr, /Deploy v3-\w+ and wait until it is ready[\s\S]*Write traffic v3-\w+ 100 %, rollout over/)
})

test('a version that fails the test requests is refused and never answers a client', async (t) => {
  await workspace.done(workspace.deployment('guarded', 'diabetes:1'))
  const before = await workspace.service('guarded')
  const scorer = await Scorer.start(workspace, 'guarded')
  const refused = await workspace.cli(workspace.update('guarded', 'diabetes:3'))
  await scorer.stop()
  t.is(refused.code, 3)
  t.like(refused.outputs, { outcome: 'refused', changed: false, deployment: before.deployments[0]?.name ?? '' })
  t.regex(
    refused.stderr,
    /Error: .*did not pass the test request "three held-out patients": \$\.result\[0\] is -392\.721/,
  )
  t.regex(refused.stderr, /Log of v3-\w+[\s\S]*Serving \{'name': 'diabetes', 'version': '3'\}/)
  t.deepEqual(scorer.failures, [])
  t.deepEqual([...scorer.versions], ['1'])
  const after = await workspace.service('guarded')
  t.deepEqual(after.traffic, before.traffic)
  t.deepEqual(after.deployments, before.deployments)
  t.deepEqual(rolloutTags(after), [])
})

for (const [how, behaviour, said] of [
  ['answers wrongly', { badAfter: 3 }, /While it served, .* did not pass "anything": \$\.result is 0/],
  ['ends its process', { exitAfter: 3 }, /While it served, .* did not pass "anything": The status is 502/],
] as const)
  test(`a version that ${how} while it bakes is taken back: what served before serves again, by one write`, async (t) => {
    const service = await OwnService.create(workspace, how === 'answers wrongly' ? 'drifts' : 'crashes')
    await workspace.done(service.deployment(await service.register()))
    const version = await service.register(behaviour)
    const traffic: Readonly<Record<string, number>>[] = []
    const refused = await workspace.cli(service.update(version, 3), {
      watcher: ({ request, response }) => {
        if (request.method === 'PUT' && /onlineEndpoints\/[^/?]+\?/.test(request.url ?? ''))
          response.once(
            'finish',
            () => void workspace.service(service.name).then((state) => traffic.push(state.traffic)),
          )
      },
    })
    t.is(refused.code, 3)
    t.regex(refused.stderr, said)
    t.regex(refused.stderr, /Log of v2-\w+[\s\S]*(drifting|out of memory, perhaps)/)
    t.is(await versionServed(workspace, service.name), '1')
    const state = await workspace.service(service.name)
    t.is(state.deployments.length, 1)
    t.deepEqual(rolloutTags(state), [])
    const [old] = state.deployments
    // Claimed, switched, restored, over.
    t.is(writesOf(refused).filter((write) => write === `PUT /onlineEndpoints/${service.name}`).length, 4)
    t.true(traffic.every((split) => Object.values(split).join() === '100'))
    t.deepEqual(state.traffic, { [old?.name ?? '']: 100 })
  })

test('a version whose container does not start is refused, and its log says why', async (t) => {
  const service = await OwnService.create(workspace, 'raises')
  await workspace.done(service.deployment(await service.register()))
  const version = await service.register({ raise: 'the scaler is missing' })
  const refused = await workspace.cli(service.update(version))
  t.is(refused.code, 3)
  t.regex(
    refused.stderr,
    /Error: .*deploying the deployment "v2-\w+" of the endpoint "raises".*RuntimeError: the scaler is missing/,
  )
  t.regex(refused.stderr, /Log of v2-\w+[\s\S]*RuntimeError: the scaler is missing/)
  t.is(await versionServed(workspace, 'raises'), '1')
  t.is((await workspace.service('raises')).deployments.length, 1)
})
