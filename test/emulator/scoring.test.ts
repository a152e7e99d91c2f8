import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putCode, putDeployment, putEndpoint, putModel, score, scoringKey } from './deployable.ts'

let emulator: Emulator
let client: Client
let code: string

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python })
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
