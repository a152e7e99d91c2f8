import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putCode, putDeployment, putEndpoint, putModel, score, scoringKey } from './deployable.ts'
import { until } from './until.ts'

let emulator: Emulator
let client: Client
let code: string
const logged: string[] = []

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python, log: (line) => logged.push(line) })
  client = new Client(emulator)
  code = await putCode(client, answeringScript)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

async function deployed(endpoint: string, name: string, version: string, requestSettings: unknown = {}): Promise<void> {
  const model = await putModel(client, version)
  const begun = await putDeployment(client, { endpoint, name, model, code, requestSettings })
  const { status, error } = await client.finished(begun)
  if (status !== 'Succeeded') throw new Error(JSON.stringify(error))
}

test('a deployment really runs and answers with its model', async (t) => {
  await client.finished(await putEndpoint(client, 'really'))
  await deployed('really', 'blue', '101')
  await client.finished(await putEndpoint(client, 'really', { blue: 100 }))
  const key = await scoringKey(client, 'really')
  const { status, body, headers } = await score(client, { endpoint: 'really', key })
  t.is(status, 200)
  t.deepEqual(body, { model: 'version 101' })
  t.is(headers['azureml-model-deployment'], 'blue')
})

test('traffic is split by its shares, and a header pins a deployment', async (t) => {
  await client.finished(await putEndpoint(client, 'split'))
  await Promise.all([deployed('split', 'blue', '201'), deployed('split', 'green', '202')])
  await client.finished(await putEndpoint(client, 'split', { blue: 70, green: 30 }))
  const key = await scoringKey(client, 'split')
  const answers = await Promise.all(Array.from({ length: 40 }, () => score(client, { endpoint: 'split', key })))
  const names = new Set(answers.map(({ headers }) => headers['azureml-model-deployment']))
  // Either missing from forty has a chance below one in a million.
  t.deepEqual([...names].sort(), ['blue', 'green'])
  await client.finished(await putEndpoint(client, 'split', { blue: 100 }))
  t.deepEqual((await score(client, { endpoint: 'split', key, deployment: 'green' })).body, { model: 'version 202' })
  t.is((await score(client, { endpoint: 'split', key, deployment: 'ghost' })).status, 404)
})

test('mirrored traffic reaches the other deployment as well, and callers never see its answers', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mirrored-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  // The copy leaves a trace; the answer is one that callers would notice.
  const tracing = await putCode(
    client,
    `import json\ndef init():\n    pass\ndef run(raw_data):\n    open(${JSON.stringify(folder)} + "/" + json.loads(raw_data)["name"], "w").close()\n    return "mirrored"\n`,
  )
  await client.finished(await putEndpoint(client, 'mirroring'))
  const model = await putModel(client, '251')
  await Promise.all([
    deployed('mirroring', 'blue', '251'),
    client.finished(await putDeployment(client, { endpoint: 'mirroring', name: 'shadow', model, code: tracing })),
  ])
  const put = await client.arm('PUT', 'onlineEndpoints/mirroring', {
    location: 'local',
    properties: { authMode: 'Key', traffic: { blue: 100 }, mirrorTraffic: { shadow: 50 } },
  })
  await client.finished(put)
  const key = await scoringKey(client, 'mirroring')
  for (let number = 0; number < 40; number += 1) {
    const { body } = await score(client, { endpoint: 'mirroring', key, data: { name: `request-${number}` } })
    t.deepEqual(body, { model: 'version 251' })
  }
  // All or none of forty at half chance happens once in 10^12 runs.
  await until(async () => (await readdir(folder)).length > 0)
  t.true((await readdir(folder)).length < 40)
  const pinned = await score(client, { endpoint: 'mirroring', key, deployment: 'blue', data: { name: 'pinned' } })
  t.is(pinned.status, 200)
  t.false((await readdir(folder)).includes('pinned'))
})

test('moving traffic and deleting what served loses no request', async (t) => {
  await client.finished(await putEndpoint(client, 'moving'))
  await Promise.all([deployed('moving', 'blue', '301'), deployed('moving', 'green', '302')])
  await client.finished(await putEndpoint(client, 'moving', { blue: 100 }))
  const key = await scoringKey(client, 'moving')
  const statuses: number[] = []
  let isOver = false
  const callers = Array.from({ length: 4 }, async () => {
    while (!isOver) statuses.push((await score(client, { endpoint: 'moving', key, data: { sleep: 0.01 } })).status)
  })
  const slow = score(client, { endpoint: 'moving', key, data: { sleep: 0.4 } })
  await client.finished(await putEndpoint(client, 'moving', { green: 100 }))
  await client.finished(await client.arm('DELETE', 'onlineEndpoints/moving/deployments/blue'))
  t.deepEqual((await slow).body, { model: 'version 301' })
  isOver = true
  await Promise.all(callers)
  t.true(statuses.length > 4)
  t.deepEqual(
    statuses.filter((status) => status !== 200),
    [],
  )
})

test('an update of a deployment serves the old content until the new is ready', async (t) => {
  await client.finished(await putEndpoint(client, 'renewed'))
  await deployed('renewed', 'blue', '401')
  await client.finished(await putEndpoint(client, 'renewed', { blue: 100 }))
  const key = await scoringKey(client, 'renewed')
  const broken = await putCode(client, 'import not_there\n')
  const model = await putModel(client, '402')
  const failed = await client.finished(
    await putDeployment(client, { endpoint: 'renewed', name: 'blue', model, code: broken }),
  )
  t.is(failed.status, 'Failed')
  t.deepEqual((await score(client, { endpoint: 'renewed', key })).body, { model: 'version 401' })
  await deployed('renewed', 'blue', '403')
  t.deepEqual((await score(client, { endpoint: 'renewed', key })).body, { model: 'version 403' })
})

test('only keys of the endpoint open it, and a regenerated one replaces the old', async (t) => {
  await client.finished(await putEndpoint(client, 'locked'))
  const key = await scoringKey(client, 'locked')
  t.is((await score(client, { endpoint: 'locked', key: 'guessed' })).status, 401)
  // Nothing is deployed: the key was right.
  t.is((await score(client, { endpoint: 'locked', key })).status, 404)
  await client.arm('POST', 'onlineEndpoints/locked/regenerateKeys', { keyType: 'Primary' })
  t.is((await score(client, { endpoint: 'locked', key })).status, 401)
  t.is((await score(client, { endpoint: 'locked', key: await scoringKey(client, 'locked') })).status, 404)
})

test('an endpoint with Entra authentication takes tokens for Azure ML and no others', async (t) => {
  await client.finished(
    await client.arm('PUT', 'onlineEndpoints/entra', { location: 'local', properties: { authMode: 'AADToken' } }),
  )
  const key = await client.token('https://ml.azure.com/.default')
  t.is((await score(client, { endpoint: 'entra', key })).status, 404)
  t.is((await score(client, { endpoint: 'entra', key: await client.token() })).status, 403)
  t.is((await client.arm('POST', 'onlineEndpoints/entra/listKeys')).status, 400)
})

test('an endpoint with AML tokens gives them out and takes only its own', async (t) => {
  for (const name of ['tokens', 'tokens-too'])
    await client.finished(
      await client.arm('PUT', `onlineEndpoints/${name}`, { location: 'local', properties: { authMode: 'AMLToken' } }),
    )
  const { body } = await client.arm('POST', 'onlineEndpoints/tokens/token')
  const key = String(Object(body).accessToken)
  t.is((await score(client, { endpoint: 'tokens', key })).status, 404)
  t.is((await score(client, { endpoint: 'tokens-too', key })).status, 403)
})

test('the documented status codes: 424 for a failing model, 408 for a slow one, 413 for too much, 429 for too many', async (t) => {
  await client.finished(await putEndpoint(client, 'coded'))
  await deployed('coded', 'blue', '501', { requestTimeout: 'PT0.5S', maxConcurrentRequestsPerInstance: 1 })
  await client.finished(await putEndpoint(client, 'coded', { blue: 100 }))
  const key = await scoringKey(client, 'coded')
  const failing = await score(client, { endpoint: 'coded', key, data: { fail: true } })
  t.is(failing.status, 424)
  t.is(failing.headers['ms-azureml-model-error-statuscode'], '500')
  t.is(failing.headers['ms-azureml-model-error-reason'], 'model_error')
  t.is((await score(client, { endpoint: 'coded', key, data: { sleep: 1 } })).status, 408)
  t.is((await score(client, { endpoint: 'coded', key, data: 'x'.repeat(11 * 1024 * 1024) })).status, 413)
  const burst = await Promise.all(
    Array.from({ length: 6 }, () => score(client, { endpoint: 'coded', key, data: { sleep: 0.1 } })),
  )
  t.true(burst.some(({ status }) => status === 429))
})

test('a server that ends is started again; meanwhile callers are told 502 and 503', async (t) => {
  await client.finished(await putEndpoint(client, 'falling'))
  await deployed('falling', 'blue', '601')
  await client.finished(await putEndpoint(client, 'falling', { blue: 100 }))
  const key = await scoringKey(client, 'falling')
  t.is((await score(client, { endpoint: 'falling', key, data: { exit: 3 } })).status, 502)
  const seen = new Set<number>()
  const deadline = Date.now() + 20_000
  while (!seen.has(200) && Date.now() < deadline) {
    seen.add((await score(client, { endpoint: 'falling', key })).status)
    await new Promise((settle) => setTimeout(settle, 20))
  }
  t.deepEqual(
    [...seen].filter((status) => status !== 502),
    [503, 200],
  )
})
