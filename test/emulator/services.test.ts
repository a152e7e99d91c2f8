import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putCode, putDeployment, putEndpoint, putModel } from './deployable.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python, transitions: { kind: 'polls', count: 2 } })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

test('creating an endpoint is a long-running operation as Azure has it', async (t) => {
  const begun = await putEndpoint(client, 'created')
  t.is(begun.status, 201)
  t.like(begun.body, { properties: { provisioningState: 'Creating', scoringUri: null } })
  const at = String(begun.headers['azure-asyncoperation'])
  t.true(at.startsWith(`${emulator.url}/subscriptions/${emulator.subscriptionId}/providers/`), at)
  t.regex(at, /\/mfeOperationsStatus\/oe:[-0-9a-f]{36}:[-0-9a-f]{36}\?api-version=2025-09-01$/)
  t.is(begun.headers.location, `${emulator.url}${client.workspace}/onlineEndpoints/created?api-version=2025-09-01`)
  t.is(begun.headers['x-ms-async-operation-timeout'], 'PT30M')
  t.is(begun.headers['retry-after'], undefined)
  t.like((await client.arm('GET', at)).body, { status: 'Updating', percentComplete: 0 })
  t.like((await client.arm('GET', at)).body, { status: 'Succeeded', percentComplete: 100 })
  t.like((await client.arm('GET', 'onlineEndpoints/created')).body, {
    properties: { provisioningState: 'Succeeded', scoringUri: `${emulator.url}/endpoints/created/score` },
  })
})

test('while an endpoint is updating every other change is refused', async (t) => {
  const begun = await putEndpoint(client, 'busy')
  const refused = await putEndpoint(client, 'busy')
  t.is(refused.status, 409)
  const { status, body } = await putDeployment(client, { endpoint: 'busy', name: 'blue', model: '', code: '' })
  t.is(status, 409)
  t.like(body, {
    error: { message: 'Cannot create a deployment in endpoint busy because it is in Creating provisioning state.' },
  })
  await client.finished(begun)
  t.is((await putEndpoint(client, 'busy')).status, 201)
})

test('deleting answers with nothing and both addresses, and of what is not there with 204', async (t) => {
  await client.finished(await putEndpoint(client, 'passing'))
  const begun = await client.arm('DELETE', 'onlineEndpoints/passing')
  t.is(begun.status, 202)
  t.is(begun.body, null)
  t.regex(String(begun.headers.location), /\/mfeOperationResults\/oe:/)
  t.is((await client.arm('GET', String(begun.headers.location))).status, 202)
  t.like(await client.finished(begun), { status: 'Succeeded' })
  t.is((await client.arm('GET', String(begun.headers.location))).status, 204)
  t.is((await client.arm('GET', 'onlineEndpoints/passing')).status, 404)
  t.is((await client.arm('DELETE', 'onlineEndpoints/passing')).status, 204)
})

test('PATCH changes tags and leaves traffic alone', async (t) => {
  await client.finished(await putEndpoint(client, 'patched'))
  const begun = await client.arm('PATCH', 'onlineEndpoints/patched', {
    tags: { a: 'b' },
    properties: { traffic: { ghost: 100 } },
  })
  t.is(begun.status, 202)
  t.is(begun.headers['azure-asyncoperation'], undefined)
  t.truthy(begun.headers['retry-after'])
  const at = String(begun.headers.location)
  t.is((await client.arm('GET', at)).status, 202)
  const { status, body } = await client.arm('GET', at)
  t.is(status, 200)
  t.like(body, { tags: { a: 'b' }, properties: { traffic: {} } })
})

test('traffic must sum to 100 or 0 and name deployments that were ready', async (t) => {
  await client.finished(await putEndpoint(client, 'traffic'))
  for (const traffic of [{ ghost: 100 }, { ghost: 50 }, { ghost: -1 }]) {
    const { status } = await putEndpoint(client, 'traffic', traffic)
    t.is(status, 400)
  }
  t.like((await client.arm('GET', 'onlineEndpoints/traffic')).body, { properties: { traffic: {} } })
})

test('names and kinds that Azure does not take are refused', async (t) => {
  for (const name of ['ab', '1abc', 'ab_c', 'abc-', 'a'.repeat(33)])
    t.is((await putEndpoint(client, name)).status, 400, name)
  await client.finished(await putEndpoint(client, 'managed'))
  const { status } = await client.arm('PUT', 'onlineEndpoints/managed', {
    location: 'local',
    properties: { authMode: 'Key', compute: `${client.workspace}/computes/cluster` },
  })
  t.is(status, 400)
})

test('a deployment with traffic is not deleted, one without is', async (t) => {
  const [model, code] = [await putModel(client, '1'), await putCode(client, answeringScript)]
  await client.finished(await putEndpoint(client, 'guarded'))
  t.like(await client.finished(await putDeployment(client, { endpoint: 'guarded', name: 'blue', model, code })), {
    status: 'Succeeded',
  })
  await client.finished(await putEndpoint(client, 'guarded', { blue: 100 }))
  t.is((await client.arm('DELETE', 'onlineEndpoints/guarded/deployments/blue')).status, 400)
  await client.finished(await putEndpoint(client, 'guarded', { blue: 0 }))
  await client.finished(await client.arm('DELETE', 'onlineEndpoints/guarded/deployments/blue'))
  t.is((await client.arm('GET', 'onlineEndpoints/guarded/deployments/blue')).status, 404)
  t.like((await client.arm('GET', 'onlineEndpoints/guarded')).body, { properties: { traffic: {} } })
})

test('a script that raises fails its deployment with the reason, and the log can be read', async (t) => {
  const model = await putModel(client, '2')
  const code = await putCode(
    client,
    'def init():\n    raise ValueError("no such weights")\ndef run(raw_data):\n    pass\n',
  )
  await client.finished(await putEndpoint(client, 'raising'))
  const { status, error } = await client.finished(
    await putDeployment(client, { endpoint: 'raising', name: 'blue', model, code }),
  )
  t.is(status, 'Failed')
  const { code: errorCode, message } = z.object({ code: z.null(), message: z.string() }).parse(error)
  t.is(errorCode, null)
  t.regex(message, /^ResourceNotReady: User container has crashed or terminated: .*no such weights/)
  const { body } = await client.arm('POST', 'onlineEndpoints/raising/deployments/blue/getLogs', { tail: 200 })
  t.regex(z.object({ content: z.string() }).parse(body).content, /ValueError: no such weights/)
  t.like((await client.arm('GET', 'onlineEndpoints/raising/deployments/blue')).body, {
    properties: { provisioningState: 'Failed' },
  })
})

test('a deployment of data that is not there fails and says what is missing', async (t) => {
  const code = await putCode(client, answeringScript)
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/not/there'
  await client.arm('PUT', 'models/hollow/versions/1', { properties: { modelUri } })
  await client.finished(await putEndpoint(client, 'hollow'))
  const model = `${client.workspace}/models/hollow/versions/1`
  const { status, error } = await client.finished(
    await putDeployment(client, { endpoint: 'hollow', name: 'blue', model, code }),
  )
  t.is(status, 'Failed')
  t.regex(JSON.stringify(error), /no blobs at \\"not\/there\\"/)
  const unknown = await putDeployment(client, { endpoint: 'hollow', name: 'green', model: `${model}0`, code })
  t.is(unknown.status, 400)
})
