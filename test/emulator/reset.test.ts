import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createEmulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import {
  answeringScript,
  getBlob,
  putBlob,
  putCode,
  putDeployment,
  putEndpoint,
  putModel,
  score,
  scoringKey,
} from './deployable.ts'

test('a workspace that is reset is new, and can be used at once', async (t) => {
  const emulator = await createEmulator({ runtime: 'process', python })
  const client = new Client(emulator)
  t.teardown(async () => {
    await client.close()
    await emulator.close()
  })
  const fill = async (): Promise<void> => {
    const [model, code] = [await putModel(client, '1'), await putCode(client, answeringScript)]
    await client.finished(await putEndpoint(client, 'again'))
    await client.finished(await putDeployment(client, { endpoint: 'again', name: 'blue', model, code }))
    await client.finished(await putEndpoint(client, 'again', { blue: 100 }))
    const key = await scoringKey(client, 'again')
    t.deepEqual((await score(client, { endpoint: 'again', key })).body, { model: 'version 1' })
  }
  await fill()
  await putBlob(client, 'left/behind.txt', 'content')
  emulator.faults.add({ match: { path: 'models/faulty' }, effect: { kind: 'answer', status: 503 } })
  const headers = { 'x-azureml-cd-emulator-token': emulator.controlToken }
  t.is((await client.send('POST', '/_emulator/reset')).status, 401)
  t.is((await client.send('POST', '/_emulator/reset', { headers })).status, 204)
  t.deepEqual(emulator.requests.all(), [])
  t.is((await client.arm('GET', 'models/faulty')).status, 404)
  for (const path of ['models', 'onlineEndpoints', 'codes']) {
    const { body } = await client.arm('GET', path)
    t.deepEqual(body, { value: [] }, path)
  }
  t.regex(String(await getBlob(client, 'left/behind.txt')), /BlobNotFound/)
  await fill()
})

test('fields that Azure does not know are told of when it is strict, and change nothing', async (t) => {
  const lines: string[] = []
  const emulator = await createEmulator({
    ...{ runtime: 'process', blobs: false, strict: true },
    log: (line) => lines.push(line),
  })
  const client = new Client(emulator)
  t.teardown(async () => {
    await client.close()
    await emulator.close()
  })
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  const put = (version: string, properties: unknown) =>
    client.arm('PUT', `models/strict/versions/${version}`, { properties })
  const right = await put('1', {
    ...{ modelUri, tags: { anything: 'goes' }, stage: 'Production' },
    flavors: { python: { data: { of: 'any' } } },
  })
  t.is(right.headers['x-azureml-cd-unknown-fields'], undefined)
  const wrong = await put('2', { modelUri, modelTyp: 'custom_model', flavors: { python: { date: {} } } })
  t.is(wrong.status, 201)
  t.is(wrong.headers['x-azureml-cd-unknown-fields'], 'properties.modelTyp,properties.flavors.python.date')
  t.regex(
    lines.join('\n'),
    /PUT .*models\/strict\/versions\/2: Azure Machine Learning does not know properties\.modelTyp/,
  )
})

test('what is known of fields is all that the descriptions have', (t) => {
  const known: unknown = JSON.parse(readFileSync(join('emulator', 'arm', 'knownFields.json'), 'utf8'))
  t.like(known, {
    'PUT onlineEndpoints/deployments': {
      properties: { codeConfiguration: { scoringScript: null }, dataCollector: null },
    },
    'PUT datastores': { properties: { credentials: { secrets: { key: null, sasToken: null } } } },
    'PUT computes': { properties: { computeType: null, properties: { vmSize: null } } },
  })
})
