import test, { type ExecutionContext } from 'ava'
import { locateModel } from '../../../core/workspace/modelLocation.ts'
import { parseModelUri } from '../../../core/workspace/modelUri.ts'
import { sourceFingerprint } from '../../../core/workspace/sourceFingerprint.ts'
import { Workspace } from '../../../core/workspace/workspace.ts'
import { startTestCloud } from '../azure/testCloud.ts'

/** A workspace with one job, one model and a default datastore. */
async function open(t: ExecutionContext) {
  const cloud = await startTestCloud(t, ({ url }) => {
    const path = url.pathname.split('/workspaces/ws')[1] ?? ''
    if (path === '/jobs/run_1') {
      const stored = { jobOutputType: 'mlflow_model', uri: 'azureml://datastores/other/paths/deep/model/' }
      const outputs = { model: stored, unnamed: { jobOutputType: 'uri_folder', uri: null } }
      return { body: { id: path, name: 'run_1', properties: { status: 'Completed', outputs } } }
    }
    if (path === '/models/diabetes/versions/3')
      return { body: { id: path, name: '3', properties: { modelUri: 'azureml://jobs/run_1/outputs/model/paths/sub' } } }
    const properties = { datastoreType: 'AzureBlob', isDefault: true, accountName: 'acct', containerName: 'c' }
    if (path === '/datastores') return { body: { value: [{ id: path, name: 'blobs', properties }] } }
    if (path === '') return { body: { id: path, name: 'ws', location: 'x', properties: { workspaceId: 'GUID-1' } } }
    return { status: 404, body: { error: { code: 'UserError', message: 'Not found.' } } }
  })
  const address = { subscriptionId: 'sub', resourceGroup: 'group', workspace: 'ws', cloud: cloud.url }
  const workspace = new Workspace(address, cloud.host, { httpClient: cloud.httpClient })
  return (uri: string) => locateModel(workspace, parseModelUri(uri))
}

test('addresses lead to the datastore that holds their files', async (t) => {
  const locate = await open(t)
  const places = {
    'azureml://datastores/d/paths/a/b/': { datastore: 'd', path: 'a/b' },
    'azureml://subscriptions/SUB/resourcegroups/Group/workspaces/WS/datastores/d/paths/a': {
      datastore: 'd',
      path: 'a',
    },
    'runs:/run_9/model': { datastore: 'workspaceartifactstore', path: 'ExperimentRun/dcid.run_9/model' },
    'azureml://jobs/run_1/outputs/artifacts/paths/model/': {
      datastore: 'workspaceartifactstore',
      path: 'ExperimentRun/dcid.run_1/model',
    },
    'azureml://jobs/run_1/outputs/model/paths/x': { datastore: 'other', path: 'deep/model/x' },
    'azureml://jobs/run_1/outputs/unnamed': { datastore: 'blobs', path: 'azureml/run_1/unnamed' },
    'azureml://locations/x/workspaces/guid-1/models/diabetes/versions/3': {
      datastore: 'other',
      path: 'deep/model/sub',
    },
    'https://acct.blob.core.windows.net/c/p/q': { datastore: 'blobs', path: 'p/q' },
  }
  for (const [uri, place] of Object.entries(places)) t.deepEqual(await locate(uri), place, uri)
})

test('what is elsewhere, or not there, is told with its name', async (t) => {
  const locate = await open(t)
  const faults = {
    'azureml://subscriptions/other/resourcegroups/group/workspaces/ws/datastores/d/paths/a':
      /is not in the workspace "ws"/,
    'azureml://registries/azureml/models/m/versions/1': /is in a registry/,
    'azureml://jobs/gone/outputs/artifacts/paths/m': /has no job "gone"/,
    'azureml://jobs/run_1/outputs/weights/paths/m': /has no output "weights", only artifacts, model, unnamed/,
    'azureml://locations/x/workspaces/guid-2/models/diabetes/versions/3': /is not in the workspace/,
    '/subscriptions/sub/resourceGroups/group/workspaces/ws/models/diabetes/versions/4': /has no version "4"/,
    'https://elsewhere.blob.core.windows.net/c/p': /is not in the default datastore "blobs"/,
  }
  for (const [uri, message] of Object.entries(faults))
    await t.throwsAsync(locate(uri), { name: 'InputError', message }, uri)
})

test('a source is the same as long as its place and every blob’s name, size and ETag are', (t) => {
  const place = { datastore: 'd', path: 'p' }
  const blobs = [
    { name: 'p/a', etag: '"0x1"', size: 1 },
    { name: 'p/b', etag: '0x2', size: 2 },
  ]
  const digest = sourceFingerprint(place, blobs)
  t.is(sourceFingerprint(place, blobs.toReversed()), digest)
  t.is(
    sourceFingerprint(
      place,
      blobs.map((blob) => ({ ...blob, etag: blob.etag.replaceAll('"', '') })),
    ),
    digest,
  )
  t.not(sourceFingerprint({ ...place, path: 'q' }, blobs), digest)
  t.not(sourceFingerprint(place, blobs.slice(1)), digest)
  for (const change of [{ etag: '0x3' }, { size: 9 }, { name: 'p/c' }])
    t.not(
      sourceFingerprint(
        place,
        blobs.map((blob, index) => (index === 0 ? { ...blob, ...change } : blob)),
      ),
      digest,
    )
})
