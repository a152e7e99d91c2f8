import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { getBasicHandler, WebApi } from 'azure-devops-node-api'
import { product, runProgram } from '../../cli/commandLine.ts'
import { until } from '../../emulator/until.ts'
import { registerOfficially } from '../../endToEnd/registerOfficially.ts'
import { FakeAzureDevOps } from '../../fakes/azureDevOps/fakeAzureDevOps.ts'
import { startRelay } from '../../relay/runningRelay.ts'
import { gridEvent, key, temporaryFolder } from '../../relay/world.ts'
import { isThere } from '../../requirements.ts'
import { Jobs } from './jobs.ts'
import { definitionSchema, stepsOf } from './releaseAgent.ts'
import { unpackedExtension } from './unpackedExtension.ts'

const { folder, files } = unpackedExtension()
const tasks = [...new Set(files.flatMap((name) => /^tasks\/(\w+)\//.exec(name)?.[1] ?? []))]
const definition = definitionSchema.parse(JSON.parse(readFileSync('examples/azure-pipelines/release.json', 'utf8')))
const project = 'Models in production'
const token = 'pat-of-the-relay'

test('a registered model makes a release, whose stages bring exactly that version into service', async (t) => {
  t.timeout(240_000)
  const jobs = await Jobs.start({ extension: folder })
  t.teardown(() => jobs.close())
  const azureDevOps = new FakeAzureDevOps({
    project,
    tokens: [token],
    definitions: { 7: { artifact: '_model', stages: definition.environments.map(({ name }) => name) } },
  })
  await azureDevOps.server.start()
  t.teardown(() => azureDevOps.server.close())

  const register = (version: string) =>
    jobs.run('AzureMLRegister', { scheme: 'secret', inputs: { name: 'diabetes', path: `models/${version}` } })
  await register('v1')
  const inferenceConfig = '$(sources)/inferenceconfig.json'
  for (const service of ['diabetes-staging', 'diabetes-progression']) {
    const inputs = { service, model: 'diabetes:1', inferenceConfig, bakeSeconds: '0' }
    t.is((await jobs.run('AzureMLDeploy', { scheme: 'secret', inputs })).result, 'Succeeded')
  }

  // The registration is an event of Event Grid; what comes of it the relay's controller and its ledger decide.
  const location = temporaryFolder(t)
  const file = join(location, 'triggers.yml')
  writeFileSync(
    file,
    `workspaces: [{ name: production, id: ${jobs.client.workspace}, cloud: '${jobs.emulator.url}' }]
rules:
  - { name: to-production, model: diabetes, minimumVersion: 2, destinations: [ship] }
destinations:
  ship:
    kind: azure-release
    organization: ${azureDevOps.url}
    project: ${project}
    definition: 7
    artifact: _model
    token: { fromEnvironment: TOKEN }
    allowPrivateAddresses: true
`,
  )
  const { caFile, clientSecret } = jobs.emulator
  const environment = {
    ...{ AZURE_TENANT_ID: jobs.emulator.tenantId, AZURE_CLIENT_ID: jobs.emulator.clientId },
    ...{ AZURE_CLIENT_SECRET: clientSecret, NODE_EXTRA_CA_CERTS: caFile },
    ...{ TOKEN: token, AZUREML_CD_RELAY_KEY: key },
  }
  const args = ['--file', file, '--ledger', join(location, 'ledger')]
  const relay = await startRelay(t, args, environment)
  const destination = { endpointType: 'WebHook', properties: { endpointUrl: `${relay.url}/events?key=${key}` } }
  const filter = { includedEventTypes: ['Microsoft.MachineLearningServices.ModelRegistered'] }
  const subscription = `${jobs.client.workspace}/providers/Microsoft.EventGrid/eventSubscriptions/relay`
  t.is((await jobs.client.arm('PUT', subscription, { properties: { destination, filter } })).status, 201)
  await until(async () => JSON.stringify(await jobs.client.arm('GET', subscription)).includes('"Succeeded"'))
  // As somebody trains who never heard of the extension, where Microsoft's client is there.
  if (isThere('azure-ai-ml'))
    await registerOfficially(jobs.emulator, { name: 'diabetes', path: 'examples/diabetes/models/v2', tags: {} })
  else await register('v2')
  await until(() => azureDevOps.releases.length > 0)
  // The same event again, under other ids, and a look at everything: none of them makes another release.
  for (const id of ['again', 'and-again']) {
    const repeated = gridEvent(2, { id, topic: jobs.client.workspace })
    const body = JSON.stringify([repeated])
    t.is((await fetch(`${relay.url}/events?key=${key}`, { method: 'POST', body })).status, 200)
  }
  const swept = await runProgram(product, ['triggers', 'sweep', ...args, '--wait-seconds', '1', '--json'], {
    environment,
  })
  t.is(swept.code, 0, swept.stderr)
  t.deepEqual(
    azureDevOps.releases.map(({ artifacts }) => artifacts),
    [[{ alias: '_model', version: '2' }]],
  )
  const [release] = azureDevOps.releases
  if (!release) throw new Error('No release was made.')

  const client = await new WebApi(azureDevOps.url, getBasicHandler('', token)).getReleaseApi()
  const seen = await client.getRelease(project, release.id)
  t.is(seen.artifacts?.[0]?.definitionReference?.version?.id, '2')

  const workspaceId = jobs.client.workspace
  const steps = stepsOf({
    ...{ definition, release, extension: folder, tasks, workspaceId },
    sources: '$(sources)',
  })
  t.deepEqual(
    steps.map(({ stage, task }) => `${stage}: ${task}`),
    [
      ...['Staging: AzureMLDownloadArtifact', 'Staging: AzureMLUpdate', 'Staging: AzureMLTest'],
      ...['Production: AzureMLDownloadArtifact', 'Production: AzureMLUpdate'],
    ],
  )
  for (const step of steps) {
    t.is(step.variables['Release.Artifacts._model.DefinitionName'], 'diabetes')
    t.is(step.variables['Release.Artifacts._model.BuildNumber'], '2')
    const { connection: _, ...inputs } = step.inputs
    const run = await jobs.run(step.task, {
      scheme: 'federation',
      // The example's repository is the sources of the jobs here, and nothing is baked in a test.
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [
          name,
          name === 'bakeSeconds' ? '0' : value.replace('/_scoring/examples/diabetes', ''),
        ]),
      ),
      variables: {
        'System.HostType': 'release',
        'Release.ReleaseWebUrl': 'https://dev.azure.com/contoso/_release?releaseId=400',
      },
    })
    t.is(run.result, 'Succeeded', `${step.name}: ${run.stdout}`)
    if (step.task === 'AzureMLUpdate') t.like(run.outputs, { outcome: 'promoted', modelVersion: '2', changed: 'true' })
    if (step.task === 'AzureMLDownloadArtifact') t.like(run.outputs, { modelVersion: '2', files: '1' })
    if (step.task === 'AzureMLTest') t.is(run.outputs.failed, '0')
  }

  for (const service of ['diabetes-staging', 'diabetes-progression']) {
    const { body } = await jobs.client.arm('GET', `onlineEndpoints/${service}/deployments`)
    t.regex(JSON.stringify(body), /models\/diabetes\/versions\/2/)
    t.notRegex(JSON.stringify(body), /models\/diabetes\/versions\/1"/)
  }
})
