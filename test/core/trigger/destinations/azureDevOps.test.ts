import test, { type ExecutionContext } from 'ava'
import { getBasicHandler, WebApi } from 'azure-devops-node-api'
import { serviceAddress } from '../../../../core/trigger/destinations/azureDevOps.ts'
import { azureDevOpsSignature } from '../../../../core/trigger/destinations/hashedWebhook.ts'
import { FakeAzureDevOps } from '../../../fakes/azureDevOps/fakeAzureDevOps.ts'
import { destination, failureOf, orderFor, signal } from './orders.ts'

const project = 'Model Delivery'
const secrets = { PAT: 'pat-of-a-test', HOOK: 'secret' }
const token = { fromEnvironment: 'PAT' }

async function azureDevOps(t: ExecutionContext): Promise<FakeAzureDevOps> {
  const hook = { secret: secrets.HOOK, header: 'X-Hub-Signature' }
  const fake = new FakeAzureDevOps({
    project,
    tokens: [secrets.PAT, 'entra-token'],
    definitions: { 3: { artifact: '_model', stages: ['test', 'production'] } },
    pipelines: { 12: ['modelName', 'modelVersion', 'team'] },
    incomingWebhooks: { ModelRegistered: hook },
    artifactWebhooks: { 'b2f1c3d4-0000-4000-8000-000000000001': hook },
  })
  await fake.server.start()
  t.teardown(() => fake.server.close())
  return fake
}

const releaseOf = (fake: FakeAzureDevOps, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ kind: 'azure-release', organization: fake.url, project, definition: 3, artifact: '_model', token },
  ...{ allowPrivateAddresses: true, ...more },
})

const pipelineOf = (fake: FakeAzureDevOps, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ kind: 'azure-pipeline', organization: fake.url, project, pipeline: 12, token },
  parameters: { modelName: '{model.name}', modelVersion: '{model.version}' },
  ...{ allowPrivateAddresses: true, ...more },
})

const clientOf = (fake: FakeAzureDevOps) => new WebApi(fake.url, getBasicHandler('', secrets.PAT))

test('a release is created with the version of the model artifact pinned, as the official client sees it', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, releaseOf(fake, { variables: { ModelStage: '{model.tags.stage}' } }), secrets)
  const started = await ship.start(orderFor('7'), signal)
  const client = await (await clientOf(fake)).getReleaseApi()
  const release = await client.getRelease(project, Number(started.id))
  t.is(release.artifacts?.[0]?.alias, '_model')
  t.is(release.artifacts?.[0]?.definitionReference?.version?.id, '7')
  t.is(release.variables?.ModelStage?.value, 'ready')
  t.regex(started.url ?? '', /_release\?releaseId=\d+$/)
  t.is((await client.getReleases(project, 3)).length, 1)
})

test('a release is found by the key in its description, not by the version alone', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, releaseOf(fake), secrets)
  const order = orderFor('7')
  const client = await (await clientOf(fake)).getReleaseApi()
  const artifacts = [{ alias: '_model', instanceReference: { id: '7', name: '7' } }]
  await client.createRelease({ definitionId: 3, description: 'By hand', artifacts }, project)
  t.is(await ship.find(order, signal), undefined)
  const started = await ship.start(order, signal)
  for (let count = 0; count < 250; count += 1)
    await client.createRelease({ definitionId: 3, description: `Later ${count}`, artifacts }, project)
  t.is((await ship.find(order, signal))?.id, started.id)
  t.is(await ship.find(orderFor('8'), signal), undefined)
})

test('a release runs until its stages have ended, and one rejected stage fails it', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, releaseOf(fake), secrets)
  const started = await ship.start(orderFor('7'), signal)
  const [release] = fake.releases
  const stages = (...statuses: string[]) => {
    for (const [index, status] of statuses.entries()) Object.assign(release?.environments[index] ?? {}, { status })
    return ship.state?.(started, signal)
  }
  t.is(await stages('notStarted', 'notStarted'), 'running')
  t.is(await stages('succeeded', 'inProgress'), 'running')
  t.is(await stages('succeeded', 'succeeded'), 'succeeded')
  t.is(await stages('succeeded', 'rejected'), 'failed')
  t.is(await stages('succeeded', 'canceled'), 'cancelled')
})

test('a pipeline runs with template parameters and is found by them, as the official client sees it', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, pipelineOf(fake, { ref: 'refs/heads/release' }), secrets)
  t.true(ship.canFind)
  const order = orderFor('7')
  t.is(await ship.find(order, signal), undefined)
  const started = await ship.start(order, signal)
  t.is(fake.builds[0]?.refName, 'refs/heads/release')
  const builds = await (await clientOf(fake)).getBuildApi()
  t.deepEqual((await builds.getBuild(project, Number(started.id))).templateParameters, {
    modelName: 'diabetes',
    modelVersion: '7',
  })
  t.is((await ship.find(order, signal))?.id, started.id)
  t.is(await ship.find(orderFor('77'), signal), undefined)
  const pipelines = await (await clientOf(fake)).getPipelinesApi()
  await pipelines.runPipeline({ templateParameters: { modelName: 'diabetes', modelVersion: '8' } }, project, 12)
  t.not(await ship.find(orderFor('8'), signal), undefined)
  t.is(await ship.state?.(started, signal), 'running')
  Object.assign(fake.builds[0] ?? {}, { status: 'completed', result: 'succeeded' })
  t.is(await ship.state?.(started, signal), 'succeeded')
})

test('a pipeline whose parameters do not tell versions apart cannot be searched', async (t) => {
  const fake = await azureDevOps(t)
  t.false(destination(t, pipelineOf(fake, { parameters: { modelName: '{model.name}' } }), secrets).canFind)
  t.true(destination(t, pipelineOf(fake, { parameters: { modelName: '{key}' } }), secrets).canFind)
})

test('a run whose answer was lost is uncertain and found afterwards; what Azure DevOps refuses is certain', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, pipelineOf(fake), secrets)
  fake.server.fail({ method: 'POST', path: /runs$/, when: 'after', how: 'drop' })
  t.like(await failureOf(t, ship.start(orderFor('7'), signal)), { certain: false, permanent: false })
  t.is((await ship.find(orderFor('7'), signal))?.id, String(fake.builds[0]?.id))
  const wrong = destination(t, pipelineOf(fake, { parameters: { unknown: '{key}' } }), secrets)
  const refused = await failureOf(t, wrong.start(orderFor('8'), signal))
  t.like(refused, { certain: true, permanent: true })
  t.regex(refused.message, /Unexpected parameter 'unknown'/)
  const unsigned = destination(t, pipelineOf(fake), { PAT: 'expired' })
  const failure = await failureOf(t, unsigned.start(orderFor('8'), signal))
  t.like(failure, { certain: true, permanent: true })
  t.notRegex(failure.message, /expired'|expired"/)
  t.is(fake.builds.length, 1)
})

test('without a token the relay signs in with its own identity', async (t) => {
  const fake = await azureDevOps(t)
  const ship = destination(t, pipelineOf(fake, { token: undefined }))
  await ship.start(orderFor('7'), signal)
  t.is(fake.server.exchanges.at(-1)?.headers.authorization, 'Bearer entra-token')
})

test('an incoming webhook is signed as Azure DevOps checks it', async (t) => {
  // The vector of reference azure-devops.md, section 5.
  const body = `{"resource":{"message":{"title":"Hello, world!","subtitle":"I'm using WebHooks!"}}}`
  t.is(azureDevOpsSignature('secret', body), '750D33212D3AD4932CC390819050734831A0A94F')
  const fake = await azureDevOps(t)
  const hook = { kind: 'incoming-webhook', organization: fake.url, webhook: 'ModelRegistered' }
  const secret = { fromEnvironment: 'HOOK' }
  const ship = destination(t, { ...hook, secret, allowPrivateAddresses: true }, secrets)
  await ship.start(orderFor('7'), signal)
  t.like(fake.incomingWebhooks.ModelRegistered?.received[0], { data: { modelName: 'diabetes', modelVersion: '7' } })
  const forged = destination(t, { ...hook, secret, allowPrivateAddresses: true }, { HOOK: 'another' })
  t.like(await failureOf(t, forged.start(orderFor('8'), signal)), { certain: true, permanent: true })
  const gone = destination(t, { ...hook, webhook: 'Gone', secret, allowPrivateAddresses: true }, secrets)
  t.like(await failureOf(t, gone.start(orderFor('8'), signal)), { certain: true, permanent: true })
  t.false(ship.canFind)
})

test('the payload address of a release artifact leads to Azure DevOps or nowhere, and is never shown', async (t) => {
  const fake = await azureDevOps(t)
  const artifact = {
    ...{ kind: 'release-artifact', payloadUrl: { fromEnvironment: 'URL' }, secret: { fromEnvironment: 'HOOK' } },
    allowPrivateAddresses: true,
  }
  const id = 'b2f1c3d4-0000-4000-8000-000000000001'
  const payloadUrl = `${fake.url}/_apis/public/Release/webhooks/${id}`
  const ship = destination(t, { ...artifact, organization: fake.url }, { ...secrets, URL: payloadUrl })
  await ship.start(orderFor('7'), signal)
  t.like(fake.artifactWebhooks[id]?.received[0], { data: { modelVersion: '7' } })
  const elsewhere = [
    'https://dev.azure.com.attacker.example/x',
    'https://attacker.example/dev.azure.com',
    'http://dev.azure.com/x',
    'https://user@dev.azure.com/x',
    'https://dev.azure.com:8443/x',
    'https://169.254.169.254/metadata',
    payloadUrl,
    'no address',
  ]
  for (const address of elsewhere) {
    const failure = await failureOf(
      t,
      destination(t, artifact, { ...secrets, URL: address }).start(orderFor('8'), signal),
    )
    t.like(failure, { certain: true, permanent: true })
    t.false(failure.message.includes(address))
  }
  t.is(fake.artifactWebhooks[id]?.received.length, 1)
})

test('releases of Azure DevOps Services are on a host of their own', (t) => {
  t.is(serviceAddress('contoso', 'release'), 'https://vsrm.dev.azure.com/contoso')
  t.is(serviceAddress('https://dev.azure.com/contoso/', 'pipelines'), 'https://dev.azure.com/contoso')
  t.is(serviceAddress('https://contoso.visualstudio.com', 'release'), 'https://contoso.vsrm.visualstudio.com')
  t.is(serviceAddress('https://tfs.example/tfs/Models', 'release'), 'https://tfs.example/tfs/Models')
})
