import test from 'ava'
import { OwnService, type ServiceSettings } from './ownService.ts'
import { Scorer, versionServed } from './scorer.ts'
import { type Ended, type ServiceState, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

/** What a run wrote, by the kind of thing. */
function written(run: Ended): readonly string[] {
  const puts = workspace.requestsOf(run).filter(({ method }) => method === 'PUT' || method === 'DELETE')
  const kinds = puts.map(
    ({ path }) =>
      /deployments|onlineEndpoints|codes|environments|models/.exec(
        path.replace(/onlineEndpoints\/[^/]+\/(?=deployments)/, ''),
      )?.[0] ?? path,
  )
  return [...new Set(kinds)].sort()
}

function only({ deployments }: ServiceState): ServiceState['deployments'][number] {
  const [one, ...others] = deployments
  if (!one || others.length > 0) throw new Error(`There are ${deployments.length} deployments.`)
  return one
}

const environment = {
  environmentVariables: { MODE: 'Fast' },
  python: { condaDependencies: { dependencies: ['python=3.11'] } },
}

test('a service is deployed from its files, and again from the same files nothing changes', async (t) => {
  const service = await OwnService.create(workspace, 'converges', { inference: { environment } })
  const version = await service.register()
  const first = await workspace.done(service.deployment(version))
  t.like(first.outputs, { changed: true, state: 'Succeeded', modelVersion: version })
  t.is(first.outputs.scoringUri, `${workspace.emulator.url}/endpoints/converges/score`)
  t.is(await versionServed(workspace, 'converges'), version)
  t.deepEqual(written(first), ['codes', 'deployments', 'environments', 'onlineEndpoints'])

  const again = await workspace.done(service.deployment(version))
  t.like(again.outputs, { changed: false, deployment: first.outputs.deployment, state: 'Succeeded' })
  t.deepEqual(written(again), [])
})

const changes: readonly (readonly [
  what: string,
  change: ServiceSettings,
  writes: readonly string[],
  seen: (deployment: ServiceState['deployments'][number]) => unknown,
  expected: unknown,
])[] = [
  [
    'an environment variable',
    { inference: { environment: { ...environment, environmentVariables: { MODE: 'fast' } } } },
    [],
    ({ properties }) => properties.environmentVariables,
    { MODE: 'fast' },
  ],
  [
    'an environment variable that is gone',
    { inference: { environment: { ...environment, environmentVariables: {} } } },
    [],
    ({ properties }) => properties.environmentVariables,
    {},
  ],
  [
    'the packages',
    {
      inference: { environment: { ...environment, python: { condaDependencies: { dependencies: ['python=3.12'] } } } },
    },
    ['environments'],
    () => undefined,
    undefined,
  ],
  [
    'the number of instances',
    { inference: { environment }, deployment: { numReplicas: 2 } },
    [],
    ({ sku }) => sku.capacity,
    2,
  ],
  [
    'a probe that is gone',
    { inference: { environment } },
    [],
    ({ properties }) => JSON.stringify(properties.livenessProbe)?.includes('PT20S') ?? false,
    false,
  ],
]
for (const [what, change, writes, seen, expected] of changes)
  test(`a change of ${what} is rolled out beside what serves, and nothing else is made anew`, async (t) => {
    const service = await OwnService.create(workspace, `changes-${changes.findIndex(([other]) => other === what)}`, {
      inference: { environment },
      ...(what === 'a probe that is gone' ? { deployment: { livenessProbeRequirements: { periodSeconds: 20 } } } : {}),
    })
    const version = await service.register()
    await workspace.done(service.deployment(version))
    const before = only(await workspace.service(service.name))
    const scorer = await Scorer.start(workspace, service.name)
    await service.write(change)
    const changed = await workspace.done(service.deployment(version))
    await scorer.stop()
    const after = only(await workspace.service(service.name))
    t.true(changed.outputs.changed)
    t.not(after.name, before.name)
    t.deepEqual(scorer.failures, [])
    t.deepEqual(seen(after), expected)
    t.deepEqual(written(changed), [...writes, 'deployments', 'onlineEndpoints'].sort())
    t.is((await workspace.done(service.deployment(version))).outputs.changed, false)
  })

test('what was changed by hand is brought back to what the files say', async (t) => {
  const service = await OwnService.create(workspace, 'by-hand', { inference: { environment } })
  const version = await service.register()
  await workspace.done(service.deployment(version))
  const made = only(await workspace.service('by-hand'))
  const { provisioningState: _, ...properties } = made.properties
  const byHand = {
    location: 'local',
    tags: made.tags,
    sku: { name: 'Default', capacity: 1 },
    properties: { ...properties, environmentVariables: { MODE: 'Slow' } },
  }
  await workspace.client.finished(
    await workspace.client.arm('PUT', `onlineEndpoints/by-hand/deployments/${made.name}`, byHand),
  )

  t.true((await workspace.done(service.deployment(version))).outputs.changed)
  const restored = only(await workspace.service('by-hand'))
  t.deepEqual(restored.properties.environmentVariables, { MODE: 'Fast' })
  t.is((await workspace.done(service.deployment(version))).outputs.changed, false)
})

test('a first deployment that does not start fails with its log, and leaves an endpoint without deployments', async (t) => {
  const service = await OwnService.create(workspace, 'never-was')
  const failed = await workspace.cli(service.deployment(await service.register({ raise: 'no licence' })))
  t.is(failed.code, 1)
  t.regex(failed.stderr, /Error: .*RuntimeError: no licence.*nothing served before it/)
  t.regex(failed.stderr, /Log of v1-/)
  t.deepEqual((await workspace.service('never-was')).deployments, [])
})

test('two first deployments of one service at once make one service', async (t) => {
  const service = await OwnService.create(workspace, 'twice')
  const version = await service.register()
  const both = await Promise.all([
    workspace.cli(service.deployment(version)),
    workspace.cli(service.deployment(version)),
  ])
  t.true(both.some(({ code }) => code === 0))
  for (const { code, stderr } of both) if (code !== 0) t.regex(stderr, /was taken over by/)
  t.is(await versionServed(workspace, 'twice'), version)
  only(await workspace.service('twice'))
})

test('a dry run of a first deployment says what it would do and writes nothing', async (t) => {
  const service = await OwnService.create(workspace, 'dry')
  const version = await service.register()
  const dry = await workspace.done([...service.deployment(version), '--dry-run'])
  t.like(dry.outputs, { changed: false, state: 'planned' })
  t.deepEqual(written(dry), [])
})
