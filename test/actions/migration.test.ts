import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../actions/exitCodes.ts'
import { readLegacyParameters } from '../../core/config/legacyParameters.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'

let actions: ActionsUnderTest
test.before(async () => {
  actions = await ActionsUnderTest.start()
})
test.after.always(() => actions?.close())

/** A repository as the old actions had it. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await actions.workspace.folder()
  await mkdir(join(folder, '.cloud/.azure'), { recursive: true })
  await mkdir(join(folder, 'code/deploy'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const workspaceJson = '{ "name": "ml-production", "resource_group": "models", "create_workspace": true }'
const score = 'def init():\n    pass\n\ndef run(data):\n    return data\n'
const conda = 'name: scoring\ndependencies:\n  - python=3.10\n  - pip:\n    - azureml-inference-server-http\n'

test.serial(
  'a model is registered by the files of the old action, and what is done otherwise is told with its line',
  async (t) => {
    const folder = await repository({
      '.cloud/.azure/workspace.json': workspaceJson,
      '.cloud/.azure/registermodel.json': `{
  // comments were in the samples, and broke them
  "model_name": "old-ways",
  "model_file_name": "model.pkl",
  "model_framework": "scikitlearn",
  "model_tags": { "team": "risk" },
  "pipeline_child_run_name": "model_training",
  "metrics_max": ["accuracy"],
  "model_framewrok_version": "1.0"
}`,
      'model.pkl': 'pickled',
    })
    const run = await actions.step(
      'register',
      { 'parameters-folder': '.cloud/.azure', workspace: '', 'resource-group': '' },
      { workspace: folder },
    )
    t.is(run.code, exitCodes.done, run.stdout)
    t.like(run.outputs, { 'model-name': 'old-ways', 'model-version': '1', changed: 'true' })
    t.like(await actions.workspace.client.arm('GET', 'models/old-ways/versions/1'), {
      body: { properties: { tags: { team: 'risk' }, properties: { framework: 'ScikitLearn' } } },
    })
    for (const warning of [
      /^::warning file=.cloud\/.azure\/workspace.json,line=1::create_workspace: Workspaces are not created here/m,
      /^::warning file=.cloud\/.azure\/registermodel.json,line=7::pipeline_child_run_name: Name the run itself/m,
      /^::warning file=.cloud\/.azure\/registermodel.json,line=8::metrics_max: Metrics are compared as/m,
      /line=9::model_framewrok_version: This key is not one of the old action's; was model_framework_version meant\?/m,
    ])
      t.regex(run.stdout, warning)
  },
)

test.serial(
  'a service is planned by the files of the old action, where the old action would have put it',
  async (t) => {
    const deploy = { name: 'old-service', test_enabled: true, cpu_cores: 1, memory_gb: 1, authentication_enabled: true }
    const folder = await repository({
      '.cloud/.azure/workspace.json': workspaceJson,
      '.cloud/.azure/deploy.json': JSON.stringify(deploy),
      'code/deploy/score.py': score,
      'code/deploy/environment.yml': conda,
      '.cloud/.azure/compute.json': '{ "name": "scoring" }',
    })
    const inputs = { 'parameters-folder': '.cloud/.azure', model: 'old-ways', 'dry-run': 'true' }
    const aci = await actions.step('deploy', inputs, { workspace: folder })
    t.regex(aci.stdout, /^::warning file=.*deploy.json,line=1::test_enabled: Write the test as a file of requests/m)
    t.regex(aci.stdout, /^Create the group old-service/m)
    t.regex(aci.stdout, /^::warning file=.*compute.json,line=1::This file is read by the action compute/m)
    const named = { ...deploy, deployment_compute_target: 'a-cluster-with-a-typo' }
    await writeFile(join(folder, '.cloud/.azure/deploy.json'), JSON.stringify(named))
    const aks = await actions.step('deploy', inputs, { workspace: folder })
    t.not(aks.code, exitCodes.done, 'A cluster that is not there is no reason to deploy elsewhere.')
    t.regex(aks.stdout, /^::error/m)
    t.notRegex(aks.stdout, /Create the group/)
  },
)

test.serial(
  'a cluster is planned by the file of the old action, and compute for training is not taken for one',
  async (t) => {
    const folder = await repository({
      '.cloud/.azure/workspace.json': workspaceJson,
      '.cloud/.azure/compute.json': `{
  "name": "scoring",
  "compute_type": "akscluster",
  "agent_count": 4,
  "vm_size": "Standard_D4s_v3",
  "cluster_purpose": "DevTest",
  "load_balancer_type": "InternalLoadBalancer",
  "vnet_name": "hub",
  "subnet_name": "scoring",
  "docker_bridge_cidr": "172.17.0.1/16",
  "agent_cuont": 5
}`,
    })
    const inputs = { 'parameters-folder': '.cloud/.azure', 'allow-insecure': 'true', 'dry-run': 'true' }
    const step = () => actions.step('compute', inputs, { workspace: folder })
    const planned = await step()
    t.is(planned.code, exitCodes.done, planned.stdout)
    t.regex(planned.stdout, /^Would create the cluster scoring: 4 × Standard_D4s_v3 in /m)
    t.regex(
      planned.stdout,
      /^::warning file=.*compute.json,line=10::docker_bridge_cidr: Clusters of today have no such bridge/m,
    )
    t.regex(planned.stdout, /^::warning file=.*compute.json,line=11::agent_cuont: .* was agent_count meant\? It/m)
    t.is(planned.outputs.state, 'planned')

    await writeFile(
      join(folder, '.cloud/.azure/compute.json'),
      '{ "name": "cpu", "compute_type": "amlcluster", "min_nodes": 0 }',
    )
    actions.arrived.length = 0
    const training = await step()
    t.is(training.code, exitCodes['bad-input'])
    t.regex(
      training.stdout,
      /^::error file=.*compute.json,line=1::compute_type is "amlcluster", which is compute for training/m,
    )
    t.deepEqual(actions.arrived, [])
  },
)

test.serial('a file that is missing or broken ends the step; nothing else is done instead', async (t) => {
  const folder = await repository({ '.cloud/.azure/workspace.json': workspaceJson })
  const step = () => actions.step('register', { 'parameters-folder': '.cloud/.azure' }, { workspace: folder })
  actions.arrived.length = 0
  const missing = await step()
  t.is(missing.code, exitCodes['bad-input'])
  t.regex(missing.stdout, /^::error::parameters-folder: the file ".*registermodel.json" cannot be read\.$/m)
  await writeFile(join(folder, '.cloud/.azure/registermodel.json'), '{\n "model_name": "x",\n')
  const broken = await step()
  t.is(broken.code, exitCodes['bad-input'])
  t.regex(broken.stdout, /^::error file=.cloud\/.azure\/registermodel.json,line=\d+::/m)
  t.deepEqual(actions.arrived, [])
})

test.serial('a version that is no number is that version or an error, never the newest instead', async (t) => {
  for (const [model, message] of [
    ['old-ways:latets', /Version "latets" of the model "old-ways" does not exist\. Newest versions: 1\./],
    ['old-ways:one point five', /model must be NAME, NAME:VERSION or NAME@latest/],
    ['old-ways:', /model must be NAME, NAME:VERSION or NAME@latest/],
  ] as const) {
    const run = await actions.step(
      'deploy',
      { service: 'old-service', model, 'inference-config': resolve('examples/diabetes/inferenceconfig.json') },
      { workspace: resolve('.') },
    )
    t.is(run.code, exitCodes['bad-input'], run.stdout)
    t.regex(run.stdout, message)
  }
})

test('no key of the old files passes unread', (t) => {
  const keys: Readonly<Record<string, unknown>> = {
    autoscale_min_replicas: 2,
    ssl_enabled: true,
    period_seconds: 5,
    runtime: 'python',
  }
  const read = readLegacyParameters('deploy', { file: 'deploy.json', text: JSON.stringify(keys) })
  t.deepEqual(read.deploymentConfig, {
    autoScaler: { minReplicas: 2 },
    sslEnabled: true,
    livenessProbeRequirements: { periodSeconds: 5 },
  })
  t.deepEqual(read.inferenceConfig, { runtime: 'python' })
  t.deepEqual(read.warnings, [])
  t.throws(() => readLegacyParameters('deploy', { file: 'deploy.json', text: '[]' }), { name: 'InputError' })
})
