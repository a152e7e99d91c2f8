import test from 'ava'
import { OwnService } from './ownService.ts'
import { versionServed } from './scorer.ts'
import { type Ended, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

async function served(name: string): Promise<OwnService> {
  const service = await OwnService.create(workspace, name)
  await workspace.done(service.deployment(await service.register()))
  return service
}

function wroteNothing(run: Ended): boolean {
  return workspace.requestsOf(run).every(({ method }) => method === 'GET')
}

test('a new version is found, updated to once, and then found no more', async (t) => {
  const service = await served('followed')
  const watch = ['watch', '--services', 'followed']
  const nothing = await workspace.done(watch)
  t.like(nothing.outputs, { count: 0, changed: false })
  await service.register()
  const found = await workspace.done(watch)
  t.deepEqual(found.outputs, {
    count: 1,
    changed: false,
    found: [{ service: 'followed', model: 'followed', newest: '2', served: '1', state: 'new' }],
  })
  t.true(wroteNothing(found))
  const follow = [...watch, '--follow-up', 'update', '--requests', service.requests, '--bake-seconds', '0']
  t.like((await workspace.done(follow)).outputs, { count: 1, changed: true })
  t.is(await versionServed(workspace, 'followed'), '2')
  const again = await workspace.done(follow)
  t.like(again.outputs, { count: 0, changed: false })
  t.true(wroteNothing(again))
})

test('a version that was refused is not tried again, a newer one is', async (t) => {
  const service = await served('wary')
  await service.register({ badAfter: 0 })
  const follow = [
    'watch',
    '--services',
    'wary',
    '--follow-up',
    'update',
    '--requests',
    service.requests,
    '--bake-seconds',
    '0',
  ]
  const refused = await workspace.cli(follow)
  t.is(refused.code, 3)
  t.regex(refused.stderr, /1 of 1 updates did not succeed/)
  const again = await workspace.done(follow)
  t.like(again.outputs, { count: 0, changed: false, found: [{ newest: '2', served: '1', state: 'refused' }] })
  t.true(wroteNothing(again))
  await service.register()
  t.like((await workspace.done(follow)).outputs, { count: 1, changed: true })
  t.is(await versionServed(workspace, 'wary'), '3')
  const state = await workspace.service('wary')
  t.deepEqual(
    Object.keys(state.tags).filter((tag) => tag.endsWith('refused')),
    [],
  )
})

test('globs and tags say which models and versions count', async (t) => {
  const [risk, price] = [await served('risk-eu'), await served('price-eu')]
  await Promise.all([risk.register(), price.register()])
  const services = ['--services', 'risk-eu,price-eu']
  const states = (run: Ended) => JSON.stringify(run.outputs.found)
  const byGlob = await workspace.done(['watch', ...services, '--models', 'risk-*'])
  t.like(byGlob.outputs, { count: 1, found: [{ service: 'risk-eu', state: 'new' }] })
  const excluded = await workspace.done(['watch', ...services, '--models', '!risk-*'])
  t.like(excluded.outputs, { count: 1, found: [{ service: 'price-eu', state: 'new' }] })
  const byTag = await workspace.done(['watch', ...services, '--tags', 'stage=prod'])
  t.is(states(byTag), '[]')
  const tagged = ['register', '--name', 'price-eu', '--path', price.folder, '--tags', 'stage=prod,team=a']
  await workspace.done(tagged)
  await price.register()
  const newest = await workspace.done(['watch', ...services, '--tags', 'stage=prod'])
  t.like(newest.outputs, { count: 1, found: [{ service: 'price-eu', newest: '3', state: 'new' }] })
})

test('one bad version does not keep other services from theirs, and a service that is not there is named', async (t) => {
  const [good, bad] = [await served('good'), await served('bad')]
  await Promise.all([good.register(), bad.register({ badAfter: 0 })])
  const watch = ['watch', '--services', 'bad,nowhere,good', '--follow-up', 'update', '--bake-seconds', '0']
  const swept = await workspace.cli([...watch, '--requests', good.requests])
  t.is(swept.code, 3)
  t.regex(swept.stderr, /There is no endpoint "nowhere"/)
  t.is(await versionServed(workspace, 'good'), '2')
  t.is(await versionServed(workspace, 'bad'), '1')
})
