import { createHmac } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { longestBody } from '../../relay/body/limitedBody.ts'
import { gridEvent, key, post, topic, world } from './world.ts'

const mlflowSecret = 'mlflow-secret-of-a-test'
const databricksSecret = 'databricks-secret-of-a-test'
const variables = {
  AZUREML_CD_RELAY_KEY: key,
  AZUREML_CD_RELAY_MLFLOW_SECRET: mlflowSecret,
  AZUREML_CD_RELAY_MLFLOW_WORKSPACE: topic,
  AZUREML_CD_RELAY_DATABRICKS_SECRET: databricksSecret,
  AZUREML_CD_RELAY_DATABRICKS_WORKSPACE: topic,
}

/** As MLflow signs a delivery (mlflow/webhooks/delivery.py). */
function mlflow(body: string, how: { secret?: string; at?: number; id?: string } = {}): Record<string, string> {
  const { secret = mlflowSecret, at = Date.now(), id = 'delivery-1' } = how
  const time = String(Math.floor(at / 1000))
  const signature = createHmac('sha256', secret).update(`${id}.${time}.${body}`).digest('base64')
  return { 'x-mlflow-signature': `v1,${signature}`, 'x-mlflow-delivery-id': id, 'x-mlflow-timestamp': time }
}

const created = JSON.stringify({
  ...{ entity: 'model_version', action: 'created', timestamp: '2026-11-27T05:00:00Z' },
  data: { name: 'diabetes', version: '3', source: 's3://x', run_id: 'r', tags: {}, description: null },
})

const databricksBody = (at = Date.now()) =>
  JSON.stringify({
    ...{ event: 'MODEL_VERSION_CREATED', webhook_id: 'w', event_timestamp: at, model_name: 'diabetes', version: '4' },
    ...{ tags: [], text: 'x' },
  })
const databricks = (body: string, secret = databricksSecret) => ({
  'x-databricks-signature': createHmac('sha256', secret).update(body).digest('hex'),
})

test('a webhook of MLflow is taken as MLflow signs it, and repeating it changes nothing', async (t) => {
  const { relay, stored } = await world(t, variables)
  const headers = mlflow(created)
  t.is((await relay.fetch(post('/mlflow', created, headers))).status, 200)
  t.is((await relay.fetch(post('/mlflow', created, headers))).status, 200)
  t.like(await stored(), [{ source: 'mlflow', model: 'diabetes', version: '3', workspaceId: topic }])
  t.is((await stored()).length, 1)
  const other = JSON.stringify({ entity: 'registered_model', action: 'created', data: { name: 'diabetes' } })
  t.is((await relay.fetch(post('/mlflow', other, mlflow(other, { id: 'd2' })))).status, 200)
  t.is((await stored()).length, 1)
})

test('forged, altered, old and early webhooks of MLflow are refused', async (t) => {
  const { relay, stored } = await world(t, variables)
  const signed = mlflow(created)
  const minutes = (count: number) => mlflow(created, { at: Date.now() + count * 60_000 })
  const attempts: [string, Record<string, string>][] = [
    [created, {}],
    [created, mlflow(created, { secret: 'another-secret-of-16' })],
    [created.replace('"3"', '"4"'), signed],
    [created, { ...signed, 'x-mlflow-delivery-id': 'another' }],
    [created, { ...signed, 'x-mlflow-timestamp': String(Number(signed['x-mlflow-timestamp']) + 1) }],
    [created, { ...signed, 'x-mlflow-signature': (signed['x-mlflow-signature'] ?? '').replace('v1,', 'v2,') }],
    [created, { ...signed, 'x-mlflow-signature': 'v1,' }],
    [created, minutes(-6)],
    [created, minutes(6)],
  ]
  for (const [body, headers] of attempts) t.is((await relay.fetch(post('/mlflow', body, headers))).status, 401)
  t.deepEqual(await stored(), [])
})

test('a webhook of Databricks is taken within an hour, and forged or late ones are refused', async (t) => {
  const { relay, stored } = await world(t, variables)
  const fresh = databricksBody()
  t.is((await relay.fetch(post('/databricks', fresh, databricks(fresh)))).status, 200)
  t.is((await relay.fetch(post('/databricks', fresh, databricks(fresh)))).status, 200)
  t.is((await stored()).length, 1)
  const old = databricksBody(Date.now() - 3_700_000)
  const never = fresh.replace(/"event_timestamp":\d+/, '"event_timestamp":"soon"')
  for (const [body, headers, status] of [
    [fresh, {}, 401],
    [fresh, databricks(fresh, 'another-secret-of-16'), 401],
    [`${fresh} `, databricks(fresh), 401],
    [old, databricks(old), 401],
    [never, databricks(never), 400],
  ] as const)
    t.is((await relay.fetch(post('/databricks', body, headers))).status, status)
  t.is((await stored()).length, 1)
})

test('events without the key, or with another one, are refused before their body is read', async (t) => {
  const { relay, stored } = await world(t, variables)
  for (const headers of [
    {},
    { 'x-azureml-cd-key': '' },
    { 'x-azureml-cd-key': `${key}x` },
    { authorization: `Bearer ${key}` },
  ]) {
    let pulled = 0
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1
          controller.enqueue(new TextEncoder().encode('['))
        },
      },
      { highWaterMark: 0 },
    )
    const request = new Request('http://relay.example/events', { method: 'POST', headers, body, duplex: 'half' })
    t.is((await relay.fetch(request)).status, 401)
    t.is(pulled, 0)
  }
  t.is((await relay.fetch(post(`/events?key=${key}`, [gridEvent(1)], {}))).status, 200)
  t.is((await stored()).length, 1)
})

test('two keys are good while one is exchanged for the other', async (t) => {
  const { relay } = await world(t, { AZUREML_CD_RELAY_KEY: `${key}, another-key-of-event-grid` })
  for (const one of [key, 'another-key-of-event-grid'])
    t.is((await relay.fetch(post('/events', [gridEvent(1)], { 'x-azureml-cd-key': one }))).status, 200)
  t.is((await relay.fetch(post('/events', [gridEvent(1)], { 'x-azureml-cd-key': `${key}, another-key` }))).status, 401)
})

test('a body that is too long is cut off, whatever length it claims', async (t) => {
  const { relay } = await world(t)
  const claimed = post('/events', '[]', { 'x-azureml-cd-key': key, 'content-length': String(longestBody + 1) })
  t.is((await relay.fetch(claimed)).status, 413)
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(0x20))
    },
  })
  const request = new Request('http://relay.example/events', {
    ...{ method: 'POST', headers: { 'x-azureml-cd-key': key }, body: endless, duplex: 'half' },
  })
  t.is((await relay.fetch(request)).status, 413)
  t.true(sent < 2 * longestBody)
})

test('bodies that are nested, broken, or no events, are refused and cost nothing', async (t) => {
  const { relay, stored } = await world(t)
  const deep = 700_000
  const bodies = [
    '['.repeat(deep) + ']'.repeat(deep),
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    '['.repeat(deep),
    '',
    'null',
    '{}',
    '"text"',
    '{"id": "unclosed',
    JSON.stringify([{ specversion: '1.0' }]),
    JSON.stringify(Array.from({ length: 5001 }, () => ({}))),
  ]
  for (const body of bodies) {
    const started = performance.now()
    t.is((await relay.fetch(post('/events', body))).status, 400, body.slice(0, 40))
    t.true(performance.now() - started < 2000)
  }
  const latin = new Request('http://relay.example/events', {
    ...{ method: 'POST', headers: { 'x-azureml-cd-key': key }, body: new Uint8Array([0x5b, 0xff, 0xfe, 0x5d]) },
  })
  t.is((await relay.fetch(latin)).status, 400)
  t.is((await relay.fetch(post('/events', [gridEvent(1, { data: { a: ['{[{['.repeat(50)] } })]))).status, 200)
  t.is((await stored()).length, 1)
})

test('members named after what objects have from birth do no harm', async (t) => {
  const { relay, stored } = await world(t)
  const text = JSON.stringify([gridEvent(1)]).replace(
    '"data":{',
    '"__proto__":{"polluted":1},"data":{"__proto__":{"modelName":"x"},',
  )
  t.is((await relay.fetch(post('/events', text))).status, 200)
  t.is(Reflect.get({}, 'polluted'), undefined)
  t.like(await stored(), [{ model: 'diabetes' }])
})

test('whatever is sent is answered, and never as trouble of our own', async (t) => {
  const { relay } = await world(t, variables)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/events', '/mlflow', '/databricks', '/', '/metrics', '/nowhere'),
      fc.oneof(fc.json(), fc.string({ unit: 'binary' })),
      fc.dictionary(
        fc.constantFrom('x-mlflow-signature', 'x-databricks-signature', 'authorization', 'x-azureml-cd-key'),
        fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      ),
      async (path, body, headers) => {
        const { status } = await relay.fetch(post(path, body, { 'x-azureml-cd-key': key, ...headers }))
        t.true(status >= 200 && status < 500, `${path} → ${status}`)
      },
    ),
    { numRuns: 300 },
  )
})
