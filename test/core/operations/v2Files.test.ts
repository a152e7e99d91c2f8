import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest
let folder: string

/** The files that `az ml` of v2 takes, for one model behind both kinds of endpoint. */
const files: Readonly<Record<string, string>> = {
  'src/score.py': 'def init(): pass\ndef run(data): return {"result": 1}\n',
  'batch/score.py': 'def init(): pass\ndef run(files): return files\n',
  'model/weights.txt': 'weights',
  'input/one.txt': '1',
  'model.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json\nname: v2-model\nversion: 7\npath: ./model\ntags:\n  stage: 1.10\n',
  'environments/env.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nimage: example.azurecr.io/base:1\nconda_file: conda.yml\n',
  'environments/conda.yml': 'dependencies:\n  - python=3.10\n  - pip:\n    - azureml-inference-server-http\n',
  'endpoint.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: v2-online\nauth_mode: aml_token\ndescription: scores\ntags:\n  team: blue\ntraffic:\n  blue: 100\n',
  'deployment.yml':
    'name: blue\nendpoint_name: v2-online\nmodel: azureml:v2-model:7\ncode_configuration:\n  code: src\n  scoring_script: score.py\nenvironment: file:environments/env.yml\ninstance_type: Standard_DS3_v2\ninstance_count: 2\n',
  'batch-endpoint.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json\nname: v2-batch\nauth_mode: aad_token\ndescription: by night\n',
  'batch-deployment.yml':
    '$schema: https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json\nname: first\nendpoint_name: v2-batch\ntype: model\nmodel: azureml:v2-model:7\ncode_configuration:\n  code: batch\n  scoring_script: score.py\nenvironment:\n  image: example.azurecr.io/batch:1\ncompute: azureml:cpu-cluster\nresources:\n  instance_count: 2\nsettings:\n  mini_batch_size: 3\n  output_action: append_row\n  output_file_name: scores.csv\n  logging_level: debug\n  retry_settings:\n    max_retries: 1\n    timeout: 60\n',
}

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  folder = await workspace.folder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  await workspace.client.finished(
    await workspace.client.arm('PUT', 'computes/cpu-cluster', {
      location: 'local',
      properties: { computeType: 'AmlCompute', properties: { vmSize: 'STANDARD_DS3_V2' } },
    }),
  )
})
test.after.always(() => workspace?.close())

const body = async (path: string) => z.looseObject({}).parse((await workspace.client.arm('GET', path)).body)

test.serial('a model file of v2 is registered, and inputs count before it', async (t) => {
  const done = await workspace.done(['register', '--model-file', join(folder, 'model.yml')])
  t.like(done.outputs, { modelName: 'v2-model', modelVersion: '7', changed: true })
  t.like(await body('models/v2-model/versions/7'), {
    properties: { tags: { stage: '1.10' }, modelType: 'custom_model' },
  })
  const again = await workspace.done(['register', '--model-file', join(folder, 'model.yml')])
  t.like(again.outputs, { modelVersion: '7', changed: false })
  const other = await workspace.done(['register', '--model-file', join(folder, 'model.yml'), '--name', 'other'])
  t.like(other.outputs, { modelName: 'other', modelVersion: '7' })
  const nothing = await workspace.cli(['register'])
  t.is(nothing.code, 2)
  t.regex(nothing.stderr, /--name is required, or a model file that says it\n {2}- --path is required/)
})

test.serial('an online endpoint and its deployment of v2 are deployed without any other file', async (t) => {
  const deploy = ['deploy', '--service', 'v2-online', '--model', 'v2-model:7', '--bake-seconds', '0']
  const more = [
    '--deployment-config',
    join(folder, 'deployment.yml'),
    '--endpoint-config',
    join(folder, 'endpoint.yml'),
  ]
  const done = await workspace.done([...deploy, ...more])
  t.like(done.outputs, { changed: true, state: 'Succeeded' })
  t.like(await body('onlineEndpoints/v2-online'), {
    tags: { team: 'blue' },
    properties: { authMode: 'AMLToken', description: 'scores' },
  })
  const { deployments } = await workspace.service('v2-online')
  t.like(deployments[0], { sku: { capacity: 2 }, properties: { instanceType: 'Standard_DS3_v2' } })
  const { environmentId } = z.object({ environmentId: z.string() }).parse(deployments[0]?.properties)
  const registered = await body(environmentId.slice(workspace.client.workspace.length + 1))
  t.like(registered, { properties: { image: 'example.azurecr.io/base:1' } })
  t.regex(JSON.stringify(registered), /azureml-inference-server-http/)
  t.regex(done.stderr, /An endpoint that is made here does not take these keys, so they change nothing: traffic\./)
  t.like((await workspace.done([...deploy, ...more])).outputs, { changed: false })

  const wrong = await workspace.cli([
    ...deploy,
    ...more.slice(0, 2),
    '--endpoint-config',
    join(folder, 'batch-endpoint.yml'),
  ])
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /batch-endpoint\.yml:1: This is a batch endpoint, and the service goes to managed\./)
})

test.serial('a batch endpoint and its deployment of v2 are deployed without any other file', async (t) => {
  const done = await workspace.done([
    ...['deploy', '--service', 'v2-batch', '--model', 'v2-model:7', '--trial-input', join(folder, 'input')],
    ...['--deployment-config', join(folder, 'batch-deployment.yml')],
    ...['--endpoint-config', join(folder, 'batch-endpoint.yml')],
  ])
  t.like(done.outputs, { changed: true, state: 'Succeeded' })
  t.like(await body('batchEndpoints/v2-batch'), { properties: { description: 'by night' } })
  t.like(await body(`batchEndpoints/v2-batch/deployments/${done.outputs.deployment}`), {
    properties: {
      ...{ miniBatchSize: 3, outputAction: 'AppendRow', outputFileName: 'scores.csv', loggingLevel: 'Debug' },
      ...{ resources: { instanceCount: 2 }, retrySettings: { maxRetries: 1, timeout: 'PT1M' } },
      compute: `${workspace.client.workspace}/computes/cpu-cluster`,
    },
  })
})

test.serial('what a deployment configuration does not say is asked for', async (t) => {
  const plain = join(folder, 'plain.json')
  await writeFile(plain, '{"computeType": "managed"}')
  const run = await workspace.cli(['deploy', '--service', 'any', '--model', 'v2-model', '--deployment-config', plain])
  t.is(run.code, 2)
  t.regex(run.stderr, /--inference-config is required: .*plain\.json does not say how the model is served\./)
})
