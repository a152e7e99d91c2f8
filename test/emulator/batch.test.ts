import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { type Answer, Client } from './client.ts'
import { getBlob, putBlob, putCode, putModel } from './deployable.ts'
import { until } from './until.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python })
  client = new Client(emulator)
  for (const [name, text] of Object.entries({ a: '1', b: '2', c: '3', d: 'bad' }))
    await putBlob(client, `inputs/${name}.txt`, text)
  await client.finished(
    await client.arm('PUT', 'computes/cpu-cluster', {
      location: 'local',
      properties: { computeType: 'AmlCompute', properties: { vmSize: 'STANDARD_DS3_V2' } },
    }),
  )
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const script = `
import os
def init():
    global model
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "name.txt")) as file:
        model = file.read()
def run(mini_batch):
    assert len(mini_batch) <= 2, "too many at once"
    rows = []
    for path in mini_batch:
        text = open(path).read()
        if text != "bad":
            rows.append("%s %s %d" % (os.path.basename(path), model, int(text) * 10))
    return rows
`
const store = 'azureml://datastores/workspaceblobstore/paths'

async function putBatch(endpoint: string, name: string, properties: Record<string, unknown> = {}): Promise<Answer> {
  const [model, code] = [await putModel(client, '1'), await putCode(client, script)]
  return client.arm('PUT', `batchEndpoints/${endpoint}/deployments/${name}`, {
    location: 'local',
    properties: {
      model: { referenceType: 'Id', assetId: model },
      codeConfiguration: { codeId: code, scoringScript: 'score.py' },
      compute: `${client.workspace}/computes/cpu-cluster`,
      miniBatchSize: 2,
      retrySettings: { maxRetries: 0, timeout: 'PT30S' },
      ...properties,
    },
  })
}

async function putBatchEndpoint(name: string, deploymentName?: string): Promise<void> {
  const properties = { authMode: 'aadToken', ...(deploymentName ? { defaults: { deploymentName } } : {}) }
  await client.finished(await client.arm('PUT', `batchEndpoints/${name}`, { location: 'local', properties }))
}

async function invoke(endpoint: string, properties: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const { body } = await client.arm('GET', `batchEndpoints/${endpoint}`)
  const uri = z.object({ properties: z.object({ scoringUri: z.string() }) }).parse(body).properties.scoringUri
  const token = await client.token('https://ml.azure.com/.default')
  return client.send('POST', uri, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    text: JSON.stringify({ properties }),
  })
}

const job = z.object({
  properties: z.object({ status: z.string(), outputs: z.object({ score: z.object({ uri: z.string() }) }) }),
})

/** The job's last state, and where its results are. */
async function ended(
  invoked: Answer,
): Promise<{ readonly status: string; readonly path: string; readonly name: string }> {
  const { name } = z.object({ name: z.string() }).parse(invoked.body)
  const look = async () => job.parse((await client.arm('GET', `jobs/${name}`)).body).properties
  await until(async () => !['Preparing', 'Running'].includes((await look()).status))
  const { status, outputs } = await look()
  return { status, path: outputs.score.uri.replace(`${store}/`, ''), name }
}

test('a batch endpoint runs its script over the inputs and leaves predictions in the blob store', async (t) => {
  await putBatchEndpoint('scores')
  t.like(await client.finished(await putBatch('scores', 'first')), { status: 'Succeeded' })
  await putBatchEndpoint('scores', 'first')
  const invoked = await invoke('scores', {
    InputData: { files: { JobInputType: 'UriFolder', Uri: `${store}/inputs/` } },
  })
  t.is(invoked.status, 201)
  t.is(invoked.headers['azureml-model-deployment'], 'first')
  const { status, path, name } = await ended(invoked)
  t.is(status, 'Completed')
  t.is(await getBlob(client, `${path}predictions.csv`), 'a.txt version 1 10\nb.txt version 1 20\nc.txt version 1 30\n')
  const listed = await client.arm('GET', 'jobs?jobType=Pipeline')
  t.regex(JSON.stringify(listed.body), new RegExp(name))
})

test('results go to the place that is asked for, under the name that is asked for', async (t) => {
  await putBatchEndpoint('placed')
  await client.finished(await putBatch('placed', 'first'))
  const invoked = await invoke(
    'placed',
    {
      inputData: { file: { jobInputType: 'UriFile', uri: `${store}/inputs/b.txt` } },
      outputData: { score: { jobOutputType: 'UriFile', uri: `${store}/results/mine.csv` } },
    },
    { 'azureml-model-deployment': 'first' },
  )
  t.is((await ended(invoked)).status, 'Completed')
  t.is(await getBlob(client, 'results/mine.csv'), 'b.txt version 1 20\n')
})

test('a job that loses more files than its deployment allows has failed', async (t) => {
  await putBatchEndpoint('strict')
  await client.finished(await putBatch('strict', 'first', { errorThreshold: 0 }))
  const invoked = await invoke(
    'strict',
    { inputData: { files: { jobInputType: 'UriFolder', uri: `${store}/inputs` } } },
    { 'azureml-model-deployment': 'first' },
  )
  t.is((await ended(invoked)).status, 'Failed')
})

test('a batch endpoint is asked with a token for Azure ML, and for a deployment it has', async (t) => {
  await putBatchEndpoint('guarded')
  t.is((await client.send('POST', '/batch/guarded/jobs', { text: '{}' })).status, 401)
  const inputData = { files: { jobInputType: 'UriFolder', uri: `${store}/inputs` } }
  t.is((await invoke('guarded', { inputData })).status, 400)
  t.is((await invoke('guarded', { inputData }, { 'azureml-model-deployment': 'ghost' })).status, 400)
  const missing = await client.arm('GET', 'batchEndpoints/ghost')
  t.is(missing.status, 404)
  t.like(missing.body, { error: { code: 'NotFound', details: [{ code: 'NoSuchEndpoint' }] } })
})

test('batch endpoints and deployments are changed, listed and deleted as Azure has it', async (t) => {
  await putBatchEndpoint('changing')
  await client.finished(await putBatch('changing', 'first'))
  await putBatchEndpoint('changing', 'first')
  const patched = await client.arm('PATCH', 'batchEndpoints/changing/deployments/first', {
    tags: { a: 'b' },
    properties: { description: 'better' },
  })
  t.is(patched.status, 202)
  t.like((await client.arm('GET', String(patched.headers.location))).body, {
    tags: { a: 'b' },
    properties: { description: 'better', miniBatchSize: 2, outputFileName: 'predictions.csv' },
  })
  t.is((await client.arm('DELETE', 'batchEndpoints/changing/deployments/first')).status, 400)
  t.like((await client.arm('GET', 'batchEndpoints/changing/deployments')).body, { value: [{ name: 'first' }] })
  await client.finished(await client.arm('DELETE', 'batchEndpoints/changing'))
  t.is((await client.arm('GET', 'batchEndpoints/changing/deployments/first')).status, 404)
  t.is((await client.arm('DELETE', 'batchEndpoints/changing')).status, 204)
})
