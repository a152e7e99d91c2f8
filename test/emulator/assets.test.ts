import { Agent } from 'node:https'
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from '@azure/storage-blob'
import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from './client.ts'
import { putBlob } from './deployable.ts'

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

const uri = (path: string): string => `azureml://datastores/workspaceblobstore/paths/${path}`
const put = (name: string, version: string, properties: Record<string, unknown> = {}, headers = {}) =>
  client.arm(
    'PUT',
    `models/${name}/versions/${version}`,
    { properties: { modelUri: uri(version), ...properties } },
    headers,
  )
const listed = async (path: string): Promise<readonly string[]> => {
  const { body } = await client.arm('GET', path)
  return z
    .object({ value: z.array(z.object({ name: z.string() })) })
    .parse(body)
    .value.map(({ name }) => name)
}

test('twenty clients that register one name at once get twenty versions', async (t) => {
  const register = async (content: string): Promise<string> => {
    for (;;) {
      const { status, body } = await client.arm('GET', 'models/crowded')
      const next = z.object({ properties: z.object({ nextVersion: z.string() }) })
      const version = status === 404 ? '1' : next.parse(body).properties.nextVersion
      const made = await put('crowded', version, { modelUri: uri(content) }, { 'if-none-match': '*' })
      if (made.status === 201) return version
      t.is(made.status, 412)
    }
  }
  const contents = Array.from({ length: 20 }, (_, index) => `content-${index}`)
  const versions = await Promise.all(contents.map(register))
  t.is(new Set(versions).size, 20)
  for (const [index, version] of versions.entries())
    t.like((await client.arm('GET', `models/crowded/versions/${version}`)).body, {
      properties: { modelUri: uri(`content-${index}`) },
    })
})

test('a version that exists keeps its data, whatever is put', async (t) => {
  t.is((await put('kept', '1')).status, 201)
  const { status, body } = await put('kept', '1', { modelUri: uri('elsewhere') })
  t.is(status, 400)
  t.like(body, { error: { code: 'UserError', message: 'Asset paths cannot be updated.' } })
  t.is((await put('kept', '1', { tags: { a: 'b' } })).status, 200)
  t.like((await client.arm('GET', 'models/kept/versions/1')).body, {
    properties: { modelUri: uri('1'), tags: { a: 'b' } },
  })
})

test('the number of a deleted version is not given out again', async (t) => {
  await put('numbered', '1')
  await put('numbered', '2')
  t.is((await client.arm('DELETE', 'models/numbered/versions/2')).status, 200)
  t.is((await client.arm('DELETE', 'models/numbered/versions/2')).status, 204)
  t.like((await client.arm('GET', 'models/numbered')).body, { properties: { latestVersion: '1', nextVersion: '3' } })
})

test('archived versions are listed only when asked for', async (t) => {
  await put('shelf', '1')
  await put('shelf', '2', { isArchived: true })
  t.deepEqual(await listed('models/shelf/versions'), ['1'])
  t.deepEqual(await listed('models/shelf/versions?listViewType=ArchivedOnly'), ['2'])
  t.deepEqual(await listed('models/shelf/versions?listViewType=All'), ['2', '1'])
})

test('versions are listed by tags, newest first, and page by page', async (t) => {
  for (const version of ['1', '2', '3', '4', '5'])
    await put('paged', version, { tags: { stage: version === '2' ? 'production' : 'test', [`only${version}`]: '' } })
  t.deepEqual(await listed('models/paged/versions?tags=stage=production'), ['2'])
  t.deepEqual(await listed('models/paged/versions?tags=stage=test,only4'), ['4'])
  t.deepEqual(await listed('models/paged/versions?$orderBy=createdtime%20desc&$top=1'), ['5'])
  const seen: string[] = []
  let path: string | undefined = 'models/paged/versions?$top=2&$orderBy=createdtime%20asc'
  while (path !== undefined) {
    const { body } = await client.arm('GET', path)
    const page = z
      .object({ value: z.array(z.object({ name: z.string() })), nextLink: z.string().optional() })
      .parse(body)
    seen.push(...page.value.map(({ name }) => name))
    path = page.nextLink
  }
  t.deepEqual(seen, ['1', '2', '3', '4', '5'])
})

test('a model that does not exist is told as Azure tells it', async (t) => {
  const { status, body, headers } = await client.arm('GET', 'models/nowhere')
  t.is(status, 404)
  t.like(body, {
    error: {
      code: 'UserError',
      message: 'The specified resource was not found.',
      details: [{ code: 'ModelNotFound', message: 'Model container with name: nowhere not found.' }],
    },
  })
  t.is(headers['x-ms-response-type'], 'error')
  t.truthy(headers['x-ms-correlation-request-id'])
})

test('unknown fields of a body are kept out of the way, wrong ones are named', async (t) => {
  t.is((await put('fields', '1', { somethingNew: { of: 'tomorrow' } })).status, 201)
  const wrong = await put('fields', '2', { isArchived: 'yes' })
  t.is(wrong.status, 400)
  t.regex(JSON.stringify(wrong.body), /isArchived/)
  const broken = await client.send('PUT', `${client.workspace}/models/fields/versions/3?api-version=2025-09-01`, {
    headers: { authorization: `Bearer ${await client.token()}` },
    text: '{',
  })
  t.like(broken.body, { error: { code: 'InvalidRequestContent' } })
})

test('secrets of a datastore are given out by listSecrets only', async (t) => {
  await client.arm('PUT', 'datastores/other', {
    properties: {
      datastoreType: 'AzureBlob',
      accountName: 'elsewhere',
      containerName: 'models',
      credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: 'c2VjcmV0' } },
    },
  })
  t.notRegex(JSON.stringify((await client.arm('GET', 'datastores/other')).body), /c2VjcmV0/)
  t.like((await client.arm('POST', 'datastores/other/listSecrets')).body, { key: 'c2VjcmV0' })
  await client.arm('PUT', 'datastores/identity', {
    properties: {
      datastoreType: 'AzureBlob',
      accountName: 'elsewhere',
      containerName: 'models',
      credentials: { credentialsType: 'None' },
    },
  })
  const none = await client.arm('POST', 'datastores/identity/listSecrets')
  t.like(none.body, { error: { message: 'No secrets for credentials of type None.' } })
  t.deepEqual(await listed('datastores?isDefault=true'), ['workspaceblobstore'])
})

test("the storage library reads and writes with the account's key", async (t) => {
  const { body } = await client.arm('POST', 'datastores/workspaceblobstore/listSecrets')
  const { key } = z.object({ key: z.string() }).parse(body)
  const store = z
    .object({ properties: z.object({ accountName: z.string(), containerName: z.string(), endpoint: z.string() }) })
    .parse((await client.arm('GET', 'datastores/workspaceblobstore')).body).properties
  const pipeline = newPipeline(new StorageSharedKeyCredential(store.accountName, key))
  const agent = new Agent({ ca: emulator.ca })
  pipeline.factories.unshift({
    create: (next) => ({
      sendRequest: (request) => {
        request.agent = agent
        return next.sendRequest(request)
      },
    }),
  })
  const container = new BlobServiceClient(
    `https://${store.endpoint}/${store.accountName}`,
    pipeline,
  ).getContainerClient(store.containerName)
  await container.getBlockBlobClient('some/file.txt').uploadData(Buffer.from('content'))
  t.is((await container.getBlobClient('some/file.txt').downloadToBuffer()).toString(), 'content')
})

test('storage checks the signature of bearer tokens', async (t) => {
  await putBlob(client, 'guarded.txt', 'guarded')
  const { accountName, containerName } = z
    .object({ properties: z.object({ accountName: z.string(), containerName: z.string() }) })
    .parse((await client.arm('GET', 'datastores/workspaceblobstore')).body).properties
  const read = (token: string) =>
    client.send('GET', `/${accountName}/${containerName}/guarded.txt`, {
      headers: { authorization: `Bearer ${token}`, 'x-ms-version': '2024-11-04' },
    })
  const token = await client.token('https://storage.azure.com/.default')
  t.is((await read(token)).body, 'guarded')
  t.is((await read(`${token.slice(0, -4)}AAAA`)).status, 401)
  t.is((await read(await client.token())).status, 401)
})

test('a pending upload gets a container of its own', async (t) => {
  const { body } = await client.arm('POST', 'codes/some/versions/1/startPendingUpload', {
    pendingUploadType: 'TemporaryBlobReference',
  })
  const { blobUri, credential } = z
    .object({
      blobReferenceForConsumption: z.object({ blobUri: z.string(), credential: z.object({ sasUri: z.string() }) }),
    })
    .parse(body).blobReferenceForConsumption
  const { status } = await client.send('PUT', credential.sasUri.replace('?', '/src/score.py?'), {
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' },
    text: 'pass',
  })
  t.is(status, 201)
  const made = await client.arm('PUT', 'codes/some/versions/1', {
    properties: { codeUri: `${blobUri}/src`, properties: { hash_sha256: 'abc' } },
  })
  t.is(made.status, 201)
  t.deepEqual(await listed('codes/some/versions?hash=abc'), ['1'])
  t.deepEqual(await listed('codes/some/versions?hash=abd'), [])
})

test('a job shows where its outputs are', async (t) => {
  await client.arm('PUT', 'jobs/train-1', {
    properties: { jobType: 'Command', command: 'python train.py', environmentId: 'azureml:any:1' },
  })
  t.like((await client.arm('GET', 'jobs/train-1')).body, {
    name: 'train-1',
    properties: {
      status: 'Completed',
      outputs: { default: { uri: 'azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.train-1/' } },
    },
  })
})
