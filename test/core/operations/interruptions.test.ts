import test from 'ava'
import { OwnService } from './ownService.ts'
import { Scorer, versionServed } from './scorer.ts'
import { rolloutTags, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

async function served(name: string): Promise<{ service: OwnService; next: string }> {
  const service = await OwnService.create(workspace, name)
  await workspace.done(service.deployment(await service.register()))
  return { service, next: await service.register() }
}

async function isOn(name: string, version: string): Promise<boolean> {
  const state = await workspace.service(name)
  const shares = Object.values(state.traffic)
  return (
    (await versionServed(workspace, name)) === version &&
    state.deployments.length === 1 &&
    shares.join() === '100' &&
    rolloutTags(state).length === 0
  )
}

test('a service that is being changed is waited for', async (t) => {
  const { service, next } = await served('busy')
  const message = 'Cannot update endpoint busy because it is in Updating provisioning state.'
  for (const [method, path] of [
    ['PUT', 'onlineEndpoints/busy\\?'],
    ['PUT', 'onlineEndpoints/busy/deployments'],
    ['DELETE', 'onlineEndpoints/busy/deployments'],
  ] as const)
    workspace.emulator.faults.add({
      match: { method, path },
      times: 2,
      effect: { kind: 'answer', status: 409, body: { error: { code: 'Conflict', message } } },
    })
  t.like((await workspace.done(service.update(next))).outputs, { outcome: 'promoted' })
  t.true(await isOn('busy', next))
})

test('a service that asks for patience gets as much as it asks for', async (t) => {
  const { service, next } = await served('throttled')
  const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } }
  workspace.emulator.faults.add({
    match: { method: 'PUT', path: 'onlineEndpoints/throttled' },
    times: 1,
    effect: { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body },
  })
  const run = await workspace.done(service.update(next))
  t.true(await isOn('throttled', next))
  const [refused, again] = workspace.requestsOf(run).filter(({ method }) => method === 'PUT')
  t.is(refused?.status, 429)
  t.is(again?.status, 201)
  t.true(Date.parse(again?.at ?? '') - Date.parse(refused?.at ?? '') >= 1990)
})

for (const [index, [what, method, path]] of (
  [
    ['the claim', 'PUT', 'onlineEndpoints/NAME\\?'],
    ['the candidate’s creation', 'PUT', 'onlineEndpoints/NAME/deployments'],
    ['the old one’s deletion', 'DELETE', 'onlineEndpoints/NAME/deployments'],
  ] as const
).entries())
  test(`an answer to ${what} that is lost after the service committed changes nothing in the end`, async (t) => {
    const name = `dropped-${index}`
    const { service, next } = await served(name)
    const scorer = await Scorer.start(workspace, name)
    workspace.emulator.faults.add({
      match: { method, path: path.replace('NAME', name) },
      times: 1,
      effect: { kind: 'drop', when: 'after' },
    })
    const run = await workspace.done(service.update(next))
    await scorer.stop()
    t.like(run.outputs, { outcome: 'promoted', previousVersion: '1' })
    t.true(workspace.requestsOf(run).some(({ status }) => status === null))
    t.deepEqual(scorer.failures, [])
    t.true(await isOn(name, next))
  })

test('every answer to a write may be lost once, and the rollout still ends well', async (t) => {
  const { service, next } = await served('lossy')
  const lost = new Set<string>()
  const run = await workspace.done(service.update(next), {
    watcher: ({ request, response, number }) => {
      if (request.method !== 'PUT' && request.method !== 'DELETE') return
      // Of two writes in a row, the first is a new one and the second its repetition.
      const last = [...lost].at(-1)
      if (last !== undefined && Number(last) >= number - 1) return
      lost.add(String(number))
      response.once('finish', () => undefined)
      Object.defineProperty(response, 'writeHead', { value: () => response })
      Object.defineProperty(response, 'write', { value: () => true })
      Object.defineProperty(response, 'end', { value: () => request.socket.destroy() })
    },
  })
  t.like(run.outputs, { outcome: 'promoted' })
  t.true(lost.size >= 4)
  t.true(await isOn('lossy', next))
})

test('while operations take their time, answers that are lost make nobody give up its own rollout', async (t) => {
  const slow = await WorkspaceUnderTest.start({ transitions: { kind: 'seconds', seconds: 1 } })
  try {
    const service = await OwnService.create(slow, 'slow')
    await slow.done(service.deployment(await service.register()))
    const version = await service.register()
    // The claim, the switch and the end of the rollout each lose an answer; the repetition meets a 409.
    let losesNext = true
    const run = await slow.done(service.update(version), {
      watcher: ({ request: { method, url = '' } }) => {
        if (/\/deployments\//.test(url)) losesNext ||= method === 'PUT' || method === 'DELETE'
        if (method !== 'PUT' || !/onlineEndpoints\/slow\?/.test(url) || !losesNext) return
        losesNext = false
        slow.emulator.faults.add({
          match: { method: 'PUT', path: 'onlineEndpoints/slow\\?' },
          times: 1,
          effect: { kind: 'drop', when: 'after' },
        })
      },
    })
    t.like(run.outputs, { outcome: 'promoted', changed: true })
    const dropped = slow.requestsOf(run).filter(({ method, status }) => method === 'PUT' && status === null)
    const busy = slow.requestsOf(run).filter(({ method, status }) => method === 'PUT' && status === 409)
    t.is(dropped.length, 3)
    t.true(busy.length >= 1)
    const state = await slow.service('slow')
    t.is(state.deployments.length, 1)
    t.deepEqual(rolloutTags(state), [])
  } finally {
    await slow.close()
  }
})
