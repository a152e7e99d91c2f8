import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putBlob, putCode, putDeployment, putEndpoint, score, scoringKey } from './deployable.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python })
  client = new Client(emulator)
  const made = await client.arm('PUT', at(''), { location: 'local', properties: {} })
  await client.finished(made)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const at = (below: string): string =>
  `${client.workspace.replace(/\/workspaces\/.*/, '/registries/shared')}${below === '' ? '' : `/${below}`}`
const modelUri = 'azureml://datastores/workspaceblobstore/paths/registry/model'
const putModel = (version: string, name = 'diabetes') =>
  client.arm('PUT', at(`models/${name}/versions/${version}`), { properties: { modelUri } })

test('a model of a registry is made by a long-running operation, read, listed and deleted', async (t) => {
  const made = await putModel('1')
  t.is(made.status, 201)
  t.truthy(made.headers['azure-asyncoperation'])
  t.like(await client.finished(made), { status: 'Succeeded' })
  await client.finished(await putModel('2'))
  t.like((await client.arm('GET', at('models/diabetes/versions/1'))).body, {
    id: at('models/diabetes/versions/1'),
    type: 'Microsoft.MachineLearningServices/registries/models/versions',
    properties: { modelUri },
  })
  t.like((await client.arm('GET', at('models/diabetes'))).body, {
    properties: { latestVersion: '2', nextVersion: '3' },
  })
  t.like((await client.arm('GET', at('models/diabetes/versions'))).body, { value: [{ name: '2' }, { name: '1' }] })
  const gone = await client.arm('DELETE', at('models/diabetes/versions/2'))
  t.is(gone.status, 202)
  t.like(await client.finished(gone), { status: 'Succeeded' })
  t.is((await client.arm('GET', at('models/diabetes/versions/2'))).status, 404)
  // The workspace has nothing of it.
  t.is((await client.arm('GET', 'models/diabetes')).status, 404)
})

test('a registry that does not exist has nothing, one that does is found by its name alone', async (t) => {
  t.is((await client.arm('GET', at('').replace('/shared', '/nowhere'))).status, 404)
  t.is((await client.arm('GET', at('models').replace('/shared/', '/nowhere/'))).status, 404)
  const found = await client.arm('GET', '/registrymanagement/v1.0/registries/shared/discovery')
  const { primaryRegionResourceProviderUri: base } = z
    .object({ primaryRegionResourceProviderUri: z.string() })
    .parse(found.body)
  t.is((await client.arm('GET', `${base}mferp/managementfrontend${at('')}`)).status, 200)
  t.is((await client.send('GET', '/registrymanagement/v1.0/registries/shared/discovery')).status, 401)
})

test('an upload to a registry gets a container of its own', async (t) => {
  const { body } = await client.arm('POST', at('models/new/versions/1/startPendingUpload'), {
    pendingUploadType: 'TemporaryBlobReference',
  })
  t.like(body, { pendingUploadType: 'TemporaryBlobReference' })
  const inWorkspace = await client.arm('POST', 'models/new/versions/1/startPendingUpload', {})
  t.is(inWorkspace.status, 404)
})

test('a model of a registry is deployed in the workspace', async (t) => {
  await putBlob(client, 'registry/model/name.txt', 'of the registry')
  await client.finished(await putModel('1', 'deployed'))
  const code = await putCode(client, answeringScript)
  await client.finished(await putEndpoint(client, 'from-registry'))
  const missing = await putDeployment(client, {
    ...{ endpoint: 'from-registry', name: 'blue', code },
    model: 'azureml://registries/shared/models/deployed/versions/9',
  })
  t.is(missing.status, 400)
  const deployed = await putDeployment(client, {
    ...{ endpoint: 'from-registry', name: 'blue', code },
    model: 'azureml://registries/shared/models/deployed/versions/1',
  })
  t.like(await client.finished(deployed), { status: 'Succeeded' })
  const key = await scoringKey(client, 'from-registry')
  const { body } = await score(client, { endpoint: 'from-registry', key, deployment: 'blue' })
  t.deepEqual(body, { model: 'of the registry' })
})
