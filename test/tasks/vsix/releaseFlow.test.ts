import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { getBasicHandler, WebApi } from 'azure-devops-node-api'
import { destinationsSchema } from '../../../core/config/destinationSchema.ts'
import { createDestinations } from '../../../core/trigger/destinations/createDestinations.ts'
import { serve } from '../../../relay/hosts/serve.ts'
import { FakeAzureDevOps } from '../../fakes/azureDevOps/fakeAzureDevOps.ts'
import { key, world } from '../../relay/world.ts'
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

  // The registration is an event, which the relay takes from Event Grid and keeps.
  const { relay, wakeUps } = await world(t)
  const served = await serve({ relay, host: '127.0.0.1', port: 0 })
  t.teardown(() => served.close())
  const destination = { endpointType: 'WebHook', properties: { endpointUrl: `${served.url}/events?key=${key}` } }
  const filter = { includedEventTypes: ['Microsoft.MachineLearningServices.ModelRegistered'] }
  const subscription = `${jobs.client.workspace}/providers/Microsoft.EventGrid/eventSubscriptions/relay`
  t.is((await jobs.client.arm('PUT', subscription, { properties: { destination, filter } })).status, 201)
  await register('v2')
  const [wakeUp] = await firstOf(() => wakeUps.take(10))
  t.like(wakeUp, { model: 'diabetes', version: '2' })
  const { model: modelName = '', version: modelVersion = '', workspaceId = '' } = wakeUp ?? {}

  const destinations = createDestinations({
    configs: destinationsSchema.parse({
      ship: {
        ...{ kind: 'azure-release', organization: azureDevOps.url, project, definition: 7, artifact: '_model' },
        ...{ token: { fromEnvironment: 'TOKEN' }, allowPrivateAddresses: true },
      },
    }),
    readSecret: async () => token,
    credential: async () => {
      throw new Error('The token is given.')
    },
  })
  t.teardown(() => destinations.close())
  const ship = destinations.byName.get('ship')
  const order = {
    ...{ idempotencyKey: 'one-model-version-and-rule', rule: 'to-production', destination: 'ship' },
    ...{ workspaceId, registeredAt: wakeUp?.receivedAt ?? '' },
    model: {
      ...{ name: modelName, version: modelVersion, tags: {}, properties: {} },
      id: `${workspaceId}/models/${modelName}/versions/${modelVersion}`,
    },
  }
  const { signal } = new AbortController()
  const started = await ship?.start(order, signal)
  t.deepEqual(await ship?.find(order, signal), started, 'A repeated event finds the release instead of making another.')

  const client = await new WebApi(azureDevOps.url, getBasicHandler('', token)).getReleaseApi()
  const seen = await client.getRelease(project, Number(started?.id))
  t.is(seen.artifacts?.[0]?.definitionReference?.version?.id, '2')

  const [release] = azureDevOps.releases
  if (!release) throw new Error('No release was made.')
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

/** Event Grid takes its time. */
async function firstOf<T>(look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look()
    if (found.length > 0) return found
    await pause(50)
  }
  throw new Error('No event came.')
}
