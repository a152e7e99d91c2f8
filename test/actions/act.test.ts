import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { act, testWith } from '../requirements.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'
import { runProcess } from './runProcess.ts'

let actions: ActionsUnderTest
test.before(async () => {
  actions = await ActionsUnderTest.start()
})
test.after.always(() => actions?.close())

const diabetes = 'examples/diabetes'

/** A repository that has the example workflows, what they name, and a training that writes the version it is told. */
async function repository(): Promise<string> {
  const folder = await actions.workspace.folder()
  const at = (...names: string[]) => join(folder, ...names)
  await mkdir(at('.github/workflows'), { recursive: true })
  for (const name of ['train-and-register', 'deploy-on-model-event', 'watch']) {
    const text = await readFile(`examples/github/${name}.yml`, 'utf8')
    // Nobody waits five minutes here for a version to prove itself.
    await writeFile(at(`.github/workflows/${name}.yml`), text.replace('bake-seconds: 300', 'bake-seconds: 0'))
  }
  await cp(join(diabetes, 'source'), at('service/source'), { recursive: true })
  await cp(join(diabetes, 'inferenceconfig.json'), at('service/inferenceconfig.json'))
  await cp(join(diabetes, 'deploymentconfig.json'), at('service/deploymentconfig.json'))
  await cp('test/actions/patient.json', at('service/requests.json'))
  await mkdir(at('training'))
  await cp(join(diabetes, 'models'), at('training/models'), { recursive: true })
  await writeFile(
    at('training/train.sh'),
    '#!/bin/sh\nset -e\nmkdir -p "$1/model"\ncp "training/models/$(cat training/version)/"* "$1/model/"\necho rmse=54 > "$1/metrics.txt"\n',
  )
  await chmod(at('training/train.sh'), 0o755)
  await writeFile(at('training/version'), 'v1')
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['remote', 'add', 'origin', 'https://github.com/contoso/models.git'],
    ['add', '--all'],
    ['-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'Begin'],
  ])
    if (spawnSync('git', args, { cwd: folder }).status !== 0) throw new Error(`git ${args.join(' ')} failed.`)
  return folder
}

testWith('act')('the example workflows register, deploy on an event, and take a bad version back', async (t) => {
  t.timeout(240_000)
  const { workspace, issuer } = actions
  const { emulator, client } = workspace
  const release = join(await workspace.folder(), 'release')
  const packed = await runProcess(process.execPath, ['scripts/packageActions.mjs', '--out', release])
  t.is(packed.code, 0, packed.printed)
  const folder = await repository()
  const variables = {
    AZURE_SUBSCRIPTION_ID: emulator.subscriptionId,
    AZURE_TENANT_ID: emulator.tenantId,
    AZURE_CLIENT_ID: emulator.clientId,
  }
  const environment = {
    ...{ AZUREML_CD_CLOUD: emulator.url, NODE_EXTRA_CA_CERTS: emulator.caFile, NO_PROXY: '127.0.0.1,localhost' },
    ...issuer.environment,
  }
  const home = await workspace.folder()
  const runWorkflow = (event: string, name: string, more: readonly string[] = []) =>
    runProcess(
      act,
      [
        ...[event, '--workflows', `.github/workflows/${name}.yml`, '--platform', 'ubuntu-24.04=-self-hosted'],
        ...['--local-repository', `your-org/azureml-cd@v1=${release}`, '--no-cache-server'],
        ...Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}=${value}`]),
        ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...more,
      ],
      { cwd: folder, environment: { HOME: home } },
    )
  const event = join(home, 'event.json')
  /** As a relay tells the repository, in the words of Event Grid. */
  const tell = async (version: number) => {
    const data = { ModelName: 'diabetes', ModelVersion: version, ModelTags: { stage: 'ready' } }
    const payload = { id: `event-${version}`, topic: client.workspace, data }
    await writeFile(event, JSON.stringify({ action: 'model-registered', client_payload: payload }))
    return runWorkflow('repository_dispatch', 'deploy-on-model-event', ['--eventpath', event])
  }
  const served = async () => Object.keys((await workspace.service('diabetes-progression')).traffic)

  for (const [index, version] of ['v1', 'v2'].entries()) {
    await writeFile(join(folder, 'training/version'), version)
    const trained = await runWorkflow('workflow_dispatch', 'train-and-register')
    t.is(trained.code, 0, trained.printed)
    const deployed = await tell(index + 1)
    t.is(deployed.code, 0, deployed.printed)
    t.regex((await served()).join(), new RegExp(`^${version}-`))
  }
  await writeFile(join(folder, 'training/version'), 'v3')
  const trained = await runWorkflow('workflow_dispatch', 'train-and-register')
  t.is(trained.code, 0, trained.printed)
  const refused = await tell(3)
  t.not(refused.code, 0)
  t.regex(refused.printed, /did not pass the test request "a patient"/)
  t.regex((await served()).join(), /^v2-[^,]*$/, 'What served before serves again, alone.')
  const swept = await runWorkflow('workflow_dispatch', 'watch')
  t.is(swept.code, 0, swept.printed)
  t.regex((await served()).join(), /^v2-[^,]*$/, 'A version that was refused is not tried again.')
})
