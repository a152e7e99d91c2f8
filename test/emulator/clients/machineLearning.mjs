// The usual day of somebody who works with `@azure/arm-machinelearning`, unchanged, against whatever answers at
// EMULATOR_URL. Prints what it saw as one line of JSON.
import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning'
import { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential } from '@azure/identity'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'

const {
  EMULATOR_URL: url = '',
  SUBSCRIPTION: subscription = '',
  RESOURCE_GROUP: group = '',
  WORKSPACE: workspace = '',
  AZURE_TENANT_ID: tenant = '',
  AZURE_CLIENT_ID: id = '',
  AZURE_CLIENT_SECRET: secret = '',
  CERTIFICATE: certificate = '',
  ASSERTION: assertion = '',
} = process.env

const authority = { authorityHost: url, disableInstanceDiscovery: true }
const [withSecret, withCertificate, withAssertion] = [
  new ClientSecretCredential(tenant, id, secret, authority),
  new ClientCertificateCredential(tenant, id, certificate, authority),
  new ClientAssertionCredential(tenant, id, async () => assertion, authority),
].map((credential) => new AzureMachineLearningWorkspaces(credential, subscription, { endpoint: url }))
const quick = { updateIntervalInMs: 50 }
const seen = {}

const all = async (pages) => {
  const found = []
  for await (const one of pages) found.push(one)
  return found
}

// The data.
const { properties: store } = await withSecret.datastores.get(group, workspace, 'workspaceblobstore')
const secrets = await withSecret.datastores.listSecrets(group, workspace, 'workspaceblobstore')
const account = new StorageSharedKeyCredential(store.accountName, secrets.key)
const container = new BlobServiceClient(
  `${store.protocol}://${store.endpoint}/${store.accountName}`,
  account,
).getContainerClient(store.containerName)
const put = (path, text) => container.getBlockBlobClient(path).upload(text, Buffer.byteLength(text))
const at = (path) => `azureml://datastores/workspaceblobstore/paths/${path}`
seen.datastores = (await all(withSecret.datastores.list(group, workspace))).map(({ name }) => name).sort()

// Models.
for (const version of ['1', '2', '3']) {
  await put(`clients/model-${version}/model/name.txt`, `model ${version}`)
  await withSecret.modelVersions.createOrUpdate(group, workspace, 'diabetes', version, {
    properties: { modelUri: at(`clients/model-${version}/model`), modelType: 'custom_model', tags: { of: version } },
  })
}
const archived = await withCertificate.modelVersions.get(group, workspace, 'diabetes', '3')
await withCertificate.modelVersions.createOrUpdate(group, workspace, 'diabetes', '3', {
  ...archived,
  properties: { ...archived.properties, isArchived: true },
})
const versions = (options) => all(withCertificate.modelVersions.list(group, workspace, 'diabetes', options))
seen.active = (await versions()).map(({ name }) => name)
seen.archived = (await versions({ listViewType: 'ArchivedOnly' })).map(({ name }) => name)
seen.pageByPage = (await versions({ listViewType: 'All', top: 1 })).map(({ name }) => name)
seen.tagged = (await versions({ tags: 'of=1' })).map(({ name }) => name)
const { properties: ofContainer } = await withAssertion.modelContainers.get(group, workspace, 'diabetes')
seen.container = { latest: ofContainer.latestVersion, next: ofContainer.nextVersion }
seen.missing = await withSecret.modelVersions
  .get(group, workspace, 'diabetes', '99')
  .catch(({ statusCode, code, message }) => ({ statusCode, code, message }))

// Code and environment.
await put(
  'clients/code/score.py',
  `import os
def init():
    global name
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "name.txt")) as file:
        name = file.read()
    print("ready with", name)
def run(data):
    return {"model": name}
`,
)
const code = await withSecret.codeVersions.createOrUpdate(group, workspace, 'scoring', '1', {
  properties: { codeUri: at('clients/code') },
})
const environment = await withSecret.environmentVersions.createOrUpdate(group, workspace, 'plain', '1', {
  properties: { image: 'mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest', osType: 'Linux' },
})
seen.environments = (await all(withSecret.environmentVersions.list(group, workspace, 'plain'))).map(({ name }) => name)

// An endpoint with two deployments.
const endpoint = { location: 'local', properties: { authMode: 'Key', description: 'by the JavaScript client' } }
const made = await withSecret.onlineEndpoints.beginCreateOrUpdateAndWait(group, workspace, 'clients', endpoint, quick)
seen.created = made.properties.provisioningState
for (const [name, version] of [
  ['blue', '1'],
  ['green', '2'],
]) {
  const { id: model } = await withSecret.modelVersions.get(group, workspace, 'diabetes', version)
  await withSecret.onlineDeployments.beginCreateOrUpdateAndWait(
    group,
    workspace,
    'clients',
    name,
    {
      location: 'local',
      sku: { name: 'Default', capacity: 1 },
      properties: {
        endpointComputeType: 'Managed',
        model,
        environmentId: environment.id,
        codeConfiguration: { codeId: code.id, scoringScript: 'score.py' },
        instanceType: 'Standard_DS3_v2',
        requestSettings: { requestTimeout: 'PT10S', maxConcurrentRequestsPerInstance: 10 },
      },
    },
    quick,
  )
}
seen.deployments = (await all(withSecret.onlineDeployments.list(group, workspace, 'clients'))).map(
  ({ name, properties }) => `${name} ${properties.provisioningState}`,
)

const scoring = async (key, headers = {}) => {
  const { properties } = await withSecret.onlineEndpoints.get(group, workspace, 'clients')
  const answer = await fetch(properties.scoringUri, {
    method: 'POST',
    body: '{}',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
  })
  return answer.ok ? (await answer.json()).model : answer.status
}
const traffic = (shares) =>
  withSecret.onlineEndpoints.beginCreateOrUpdateAndWait(
    group,
    workspace,
    'clients',
    { ...endpoint, properties: { ...endpoint.properties, traffic: shares } },
    quick,
  )
const keys = await withSecret.onlineEndpoints.listKeys(group, workspace, 'clients')
seen.scored = [await scoring(keys.primaryKey)]
await traffic({ blue: 100 })
seen.scored.push(await scoring(keys.primaryKey))
seen.scored.push(await scoring(keys.secondaryKey, { 'azureml-model-deployment': 'green' }))
await traffic({ blue: 0, green: 100 })
seen.scored.push(await scoring(keys.primaryKey))

await withSecret.onlineEndpoints.beginRegenerateKeysAndWait(group, workspace, 'clients', { keyType: 'Primary' }, quick)
const regenerated = await withSecret.onlineEndpoints.listKeys(group, workspace, 'clients')
seen.regenerated = [regenerated.primaryKey !== keys.primaryKey, regenerated.secondaryKey === keys.secondaryKey]
seen.withOldKey = await scoring(keys.primaryKey)

const { content } = await withSecret.onlineDeployments.getLogs(group, workspace, 'clients', 'green', { tail: 100 })
seen.logged = content.includes('ready with model 2')
seen.skus = (await all(withSecret.onlineDeployments.listSkus(group, workspace, 'clients', 'green'))).length

// A deployment that does not come up, and the end.
const broken = await withSecret.onlineDeployments
  .beginCreateOrUpdateAndWait(
    group,
    workspace,
    'clients',
    'red',
    {
      location: 'local',
      sku: { name: 'Default', capacity: 1 },
      properties: {
        endpointComputeType: 'Managed',
        codeConfiguration: { codeId: code.id, scoringScript: 'missing.py' },
        instanceType: 'Standard_DS3_v2',
      },
    },
    quick,
  )
  .catch((error) => error)
seen.broken = broken instanceof Error
await withSecret.onlineDeployments.beginDeleteAndWait(group, workspace, 'clients', 'blue', quick)
await withSecret.onlineEndpoints.beginDeleteAndWait(group, workspace, 'clients', quick)
seen.gone = await withSecret.onlineEndpoints.get(group, workspace, 'clients').catch(({ statusCode }) => statusCode)
await withSecret.modelVersions.delete(group, workspace, 'diabetes', '1')
seen.left = (await versions({ listViewType: 'All' })).map(({ name }) => name)

console.log(JSON.stringify(seen))
