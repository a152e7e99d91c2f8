import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { product, runProgram } from '../cli/commandLine.ts'
import { Client } from '../emulator/client.ts'
import { until } from '../emulator/until.ts'
import { FakeAzureDevOps } from '../fakes/azureDevOps/fakeAzureDevOps.ts'
import { FakeGitHub } from '../fakes/github/fakeGitHub.ts'
import { startRelay } from './runningRelay.ts'
import { gridEvent, key, statusToken, temporaryFolder } from './world.ts'

const text = (value: unknown) => (typeof value === 'string' ? value : '')

function environment(emulator: Emulator): Record<string, string> {
  return {
    ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
    ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: emulator.caFile },
    ...{ GITHUB_TOKEN: 'github_pat_of_a_test', AZURE_DEVOPS_TOKEN: 'pat-of-a-test' },
    ...{ AZUREML_CD_RELAY_KEY: key, AZUREML_CD_RELAY_STATUS_TOKEN: statusToken },
  }
}

test('a model registered in the embedded workspace starts its pipelines once, through a relay that is killed', async (t) => {
  const folder = temporaryFolder(t)
  const emulator = await createEmulator({ runtime: 'process', blobs: false, eventRetrySeconds: [0.2] })
  t.teardown(() => emulator.close())
  const client = new Client(emulator)
  t.teardown(() => client.close())
  const github = new FakeGitHub({
    repository: 'contoso/models',
    tokens: { github_pat_of_a_test: { contents: 'write', actions: 'read' } },
    workflows: {
      'on-model.yml': {
        event: 'repository_dispatch',
        takes: ['model-registered'],
        runName: ({ id }) => `Deploy (${text(id)})`,
      },
    },
  })
  await github.server.start()
  t.teardown(() => github.server.close())
  const azureDevOps = new FakeAzureDevOps({
    project: 'Models',
    tokens: ['pat-of-a-test'],
    pipelines: { 12: ['modelName', 'modelVersion'] },
  })
  await azureDevOps.server.start()
  t.teardown(() => azureDevOps.server.close())
  const file = join(folder, 'triggers.yml')
  writeFileSync(
    file,
    `workspaces: [{ name: team, id: ${client.workspace}, cloud: '${emulator.url}' }]
rules:
  - { name: every, model: '*', order: every, since: 2020-01-01, tags: { stage: ready }, destinations: [github, azure] }
destinations:
  github:
    kind: github-dispatch
    repository: contoso/models
    api: ${github.server.url}
    auth: { token: { fromEnvironment: GITHUB_TOKEN } }
    runNameHoldsKey: true
    allowPrivateAddresses: true
  azure:
    kind: azure-pipeline
    organization: ${azureDevOps.url}
    project: Models
    pipeline: 12
    token: { fromEnvironment: AZURE_DEVOPS_TOKEN }
    parameters: { modelName: '{model.name}', modelVersion: '{model.version}' }
    allowPrivateAddresses: true
`,
  )
  const args = ['--file', file, '--ledger', join(folder, 'ledger')]
  const first = await startRelay(t, args, environment(emulator))
  const subscription = 'providers/Microsoft.EventGrid/eventSubscriptions/relay'
  await client.arm('PUT', subscription, {
    properties: {
      destination: { endpointType: 'WebHook', properties: { endpointUrl: `${first.url}/events?key=${key}` } },
    },
  })
  await until(async () => {
    const { body } = await client.arm('GET', subscription)
    return (
      z.object({ properties: z.object({ provisioningState: z.string() }) }).parse(body).properties.provisioningState ===
      'Succeeded'
    )
  })
  const register = (version: string, stage = 'ready') =>
    client.arm('PUT', `models/diabetes/versions/${version}`, {
      properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/x', tags: { stage } },
    })
  const started = () => ({
    github: github.runs.map(({ given }) => text(given.subject)).toSorted(),
    azure: azureDevOps.builds.map(({ templateParameters }) => templateParameters.modelVersion).toSorted(),
  })
  await register('1')
  await until(() => github.runs.length === 1 && azureDevOps.builds.length === 1)
  await register('2', 'draft')
  await register('3')
  await until(() => github.runs.length === 2 && azureDevOps.builds.length === 2)
  // The same event again, and one that somebody made up, start nothing.
  for (const id of ['again', 'again', 'made-up'])
    await fetch(`${first.url}/events?key=${key}`, {
      method: 'POST',
      body: JSON.stringify([
        gridEvent(3, { id, topic: client.workspace, data: { modelName: 'diabetes', modelVersion: '3' } }),
      ]),
    })
  const page = await fetch(first.url, { headers: { authorization: `Bearer ${statusToken}` } })
  t.regex(await page.text(), /<td>diabetes<td>3<td>every<td>github/)

  first.process.kill('SIGKILL')
  await once(first.process, 'close')
  await register('4')
  await startRelay(t, [...args, '--sweep-minutes', '1'], environment(emulator))
  await until(() => github.runs.length >= 3 && azureDevOps.builds.length >= 3)
  const swept = await runProgram(product, ['triggers', 'sweep', ...args, '--wait-seconds', '5', '--json'], {
    environment: environment(emulator),
  })
  t.is(swept.code, 0, swept.stderr)
  t.deepEqual(started(), {
    github: ['models/diabetes:1', 'models/diabetes:3', 'models/diabetes:4'],
    azure: ['1', '3', '4'],
  })
  t.false(first.log().includes('github_pat_of_a_test') || first.log().includes(key))
})

test('faults of the rules, the settings and the command are told before anything listens', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'triggers.yml')
  writeFileSync(file, 'rules: []\n')
  const run = (args: readonly string[], variables: Record<string, string> = {}) =>
    runProgram(product, ['relay', ...args], { environment: variables })
  const [settings, rules, flags, missing] = await Promise.all([
    run(['--file', file]),
    run(['--file', file], { AZUREML_CD_RELAY_KEY: key }),
    run(['--port', 'http', '--sweep-minutes', '0', '--prot', '1']),
    run(['--file', join(folder, 'none.yml')], { AZUREML_CD_RELAY_KEY: key }),
  ])
  for (const { code } of [settings, rules, flags, missing]) t.is(code, 2)
  t.regex(settings?.stderr ?? '', /Nobody could send anything/)
  t.regex(rules?.stderr ?? '', /triggers\.yml:1: rules/)
  t.regex(flags?.stderr ?? '', /--prot[\s\S]*--port must be[\s\S]*--sweep-minutes must be/)
  t.regex(missing?.stderr ?? '', /there is no file/)
})
