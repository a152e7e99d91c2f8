import test from 'ava'
import fc from 'fast-check'
import { formatModelUri, type ModelUri, parseModelUri } from '../../../core/workspace/modelUri.ts'

const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,12}$/)
const part = fc.stringMatching(/^[a-zA-Z0-9 _.%ü+&-]{1,8}$/u)
const path = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'))
const workspace = fc.record({ subscriptionId: fc.uuid(), resourceGroup: name, workspace: name })
const kind = <const K extends ModelUri['kind']>(word: K) => fc.constant(word)

const uri: fc.Arbitrary<ModelUri> = fc.oneof(
  fc.record({ kind: kind('datastore'), workspace, datastore: name, path }),
  fc.record({ kind: kind('datastore'), datastore: name, path }),
  fc.record({ kind: kind('job-output'), job: name, output: name, path }),
  fc.record({ kind: kind('run'), run: name, path }),
  fc.record({ kind: kind('model'), workspace, model: name, version: name }),
  fc.record({ kind: kind('located-model'), location: name, workspaceId: fc.uuid(), model: name, version: name }),
  fc.record({ kind: kind('registry-model'), registry: name, model: name, version: name }),
  fc.record({
    kind: kind('blob'),
    service: fc.constantFrom(
      'https://acct.blob.core.windows.net',
      'https://127.0.0.1:10000/acct',
      'https://localhost/acct',
    ),
    container: name,
    path,
  }),
)

test('every address that is written is read back as the same', (t) => {
  fc.assert(
    fc.property(uri, (wanted) => {
      t.deepEqual(parseModelUri(formatModelUri(wanted)), wanted)
    }),
  )
})

test('the forms that Azure ML and its clients write are understood', (t) => {
  const workspace = { subscriptionId: 's', resourceGroup: 'r', workspace: 'w' }
  const tail = 'datastores/workspaceblobstore/paths/LocalUpload/abc/model'
  const datastore = {
    kind: 'datastore',
    workspace,
    datastore: 'workspaceblobstore',
    path: 'LocalUpload/abc/model',
  } as const
  t.deepEqual(parseModelUri(`azureml://subscriptions/s/resourcegroups/r/workspaces/w/${tail}`), datastore)
  t.deepEqual(parseModelUri(`azureml://subscriptions/s/resourceGroups/r/workspaces/w/${tail}`), datastore)
  t.deepEqual(parseModelUri('azureml://jobs/run_1/outputs/artifacts/paths/model/'), {
    kind: 'job-output',
    job: 'run_1',
    output: 'artifacts',
    path: 'model/',
  })
  t.deepEqual(parseModelUri('azureml://jobs/run_1/outputs/model'), {
    kind: 'job-output',
    job: 'run_1',
    output: 'model',
    path: '',
  })
  const model = { kind: 'model', workspace, model: 'diabetes', version: '3' } as const
  const arm =
    '/subscriptions/s/resourceGroups/r/providers/Microsoft.MachineLearningServices/workspaces/w/models/diabetes/versions/3'
  t.deepEqual(parseModelUri(arm), model)
  t.deepEqual(parseModelUri(`azureml:${arm}`), model)
  t.deepEqual(parseModelUri('https://acct.blob.core.windows.net/c/a%20b/x'), {
    kind: 'blob',
    service: 'https://acct.blob.core.windows.net',
    container: 'c',
    path: 'a b/x',
  })
})

test('what is no address is quoted with the forms that are', (t) => {
  for (const text of [
    '',
    'models',
    'azureml://',
    'azureml:diabetes:1',
    'http://acct.blob/c/x',
    'https://acct',
    's3://b/k',
  ])
    t.throws(() => parseModelUri(text), { name: 'InputError', message: /is not an address/ }, text)
})
