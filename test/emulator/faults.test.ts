import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from './client.ts'
import { getBlob, putBlob, putEndpoint } from './deployable.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process' })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const put = (version: string) =>
  client.arm('PUT', `models/faulty/versions/${version}`, {
    properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/x' },
  })

test('a connection dropped after the server committed leaves the change', async (t) => {
  emulator.faults.add({
    match: { method: 'PUT', path: '/versions/11\\b' },
    times: 1,
    effect: { kind: 'drop', when: 'after' },
  })
  await t.throwsAsync(put('11'))
  t.is((await client.arm('GET', 'models/faulty/versions/11')).status, 200)
  t.is((await put('11')).status, 200)
})

test('a connection dropped before leaves nothing', async (t) => {
  emulator.faults.add({
    match: { method: 'PUT', path: '/versions/12\\b' },
    times: 1,
    effect: { kind: 'drop', when: 'before' },
  })
  await t.throwsAsync(put('12'))
  t.is((await client.arm('GET', 'models/faulty/versions/12')).status, 404)
})

test('an upload whose connection is dropped after the server committed is there', async (t) => {
  emulator.faults.add({
    match: { method: 'PUT', path: 'dropped.txt' },
    times: 1,
    effect: { kind: 'drop', when: 'after' },
  })
  await t.throwsAsync(putBlob(client, 'dropped.txt', 'first'))
  t.is(await getBlob(client, 'dropped.txt'), 'first')
  t.is((await putBlob(client, 'dropped.txt', 'second')).status, 201)
})

test('answers instead of handling come as often as asked, after as many as asked', async (t) => {
  emulator.faults.add({
    match: { method: 'GET', path: 'jobs/throttled' },
    skip: 1,
    times: 2,
    effect: {
      kind: 'answer',
      status: 429,
      headers: { 'retry-after': '1' },
      body: { error: { code: 'TooManyRequests' } },
    },
  })
  const statuses: number[] = []
  for (let look = 0; look < 4; look += 1) statuses.push((await client.arm('GET', 'jobs/throttled')).status)
  t.deepEqual(statuses, [404, 429, 429, 404])
})

test('an operation fails as told, with the code Azure leaves out', async (t) => {
  emulator.faults.add({
    match: { method: 'PUT', path: 'onlineEndpoints/unlucky' },
    times: 1,
    effect: { kind: 'fail-operation', error: { code: null, message: 'ResourceNotReady: told to fail' } },
  })
  const { status, error } = await client.finished(await putEndpoint(client, 'unlucky'))
  t.is(status, 'Failed')
  t.like(error, { code: null, message: 'ResourceNotReady: told to fail' })
  t.like((await client.arm('GET', 'onlineEndpoints/unlucky')).body, { properties: { provisioningState: 'Failed' } })
})

test('faults are asked for over HTTP too, and a rule that is none is refused', async (t) => {
  const headers = { 'x-azureml-cd-emulator-token': emulator.controlToken, 'content-type': 'application/json' }
  const rule = { match: { path: 'jobs/forbidden' }, effect: { kind: 'answer', status: 403, body: { error: {} } } }
  t.is((await client.send('POST', '/_emulator/faults', { headers, text: JSON.stringify(rule) })).status, 201)
  t.is((await client.arm('GET', 'jobs/forbidden')).status, 403)
  t.is((await client.send('POST', '/_emulator/faults', { headers, text: '{"effect":{"kind":"burn"}}' })).status, 400)
})

test('the recorder tells what was asked, without secrets', async (t) => {
  await putBlob(client, 'recorded.txt', 'content')
  await client.arm('GET', 'jobs/recorded')
  await new Promise(setImmediate)
  const recorded = emulator.requests.all().filter(({ path }) => path.includes('recorded'))
  t.deepEqual(
    recorded.map(({ method, status }) => [method, status]),
    [
      ['PUT', 201],
      ['GET', 404],
    ],
  )
  t.regex(recorded[0]?.path ?? '', /sig=\*\*\*/)
})
