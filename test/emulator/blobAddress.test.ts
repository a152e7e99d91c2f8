import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { Client } from './client.ts'
import { answeringScript, putBlob, putCode, putDeployment, putEndpoint, score, scoringKey } from './deployable.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', python })
  client = new Client(emulator)
  await putBlob(client, 'azureml/train-1/weights/model/name.txt', 'of an output')
  await putBlob(client, 'somewhere/else/model/name.txt', 'of a declared output')
  await client.arm('PUT', 'jobs/train-1', {
    properties: {
      jobType: 'Command',
      command: 'python train.py',
      environmentId: 'azureml:any:1',
      outputs: {
        declared: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/somewhere/else' },
      },
    },
  })
  await client.finished(await putEndpoint(client, 'from-anywhere'))
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

const cases = {
  'an output of a job': () => ['azureml://jobs/train-1/outputs/weights/paths/model/', 'of an output'],
  'an output of a job whose resource says where it is': () => [
    'azureml://jobs/train-1/outputs/declared/paths/model',
    'of a declared output',
  ],
  'the long form of an address': () => [
    `azureml:/${client.workspace.replace('resourceGroups', 'resourcegroups').replace('/providers/Microsoft.MachineLearningServices', '')}/datastores/workspaceblobstore/paths/azureml/train-1/weights/model`,
    'of an output',
  ],
} as const

let count = 0
for (const [title, data] of Object.entries(cases))
  test(`a model is deployed from ${title}`, async (t) => {
    const [modelUri, expected] = data()
    count += 1
    const name = `deployment-${count}`
    await client.arm('PUT', `models/${name}/versions/1`, { properties: { modelUri } })
    const { status, error } = await client.finished(
      await putDeployment(client, {
        endpoint: 'from-anywhere',
        name,
        model: `${client.workspace}/models/${name}/versions/1`,
        code: await putCode(client, answeringScript),
      }),
    )
    t.is(status, 'Succeeded', JSON.stringify(error))
    const key = await scoringKey(client, 'from-anywhere')
    const { body } = await score(client, { endpoint: 'from-anywhere', key, deployment: name })
    t.deepEqual(body, { model: expected })
  })
