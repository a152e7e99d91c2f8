import test, { type ExecutionContext } from 'ava'
import { AzureError } from '../../../core/azure/armError.ts'
import { score } from '../../../core/workspace/scoring.ts'
import { Workspace } from '../../../core/workspace/workspace.ts'
import { type Answer, instantClock, type Seen, startTestCloud } from '../azure/testCloud.ts'

async function open(t: ExecutionContext, answer: (request: Seen, path: string, count: number) => Answer) {
  let root = ''
  const cloud = await startTestCloud(t, (request, count) =>
    answer(request, decodeURIComponent(request.url.pathname).replace(root, ''), count),
  )
  const address = { subscriptionId: 'sub', resourceGroup: 'group', workspace: 'ws', cloud: cloud.url }
  const { httpClient, host } = cloud
  const workspace = new Workspace(address, host, { httpClient, clock: instantClock() })
  root = workspace.id
  return { workspace, cloud }
}

async function versionsOf(workspace: Workspace): Promise<readonly string[]> {
  const found: string[] = []
  for await (const item of workspace.models.versions('diabetes')) found.push(item.version)
  return found
}

const absent: Answer = { status: 404, body: { error: { code: 'UserError', message: 'Not found.' } } }

function version(name: string, properties: object = {}) {
  return {
    id: `/models/diabetes/versions/${name}`,
    name,
    properties: { modelUri: 'azureml://datastores/d/paths/p', ...properties },
  }
}

test('making a workspace sends nothing, and its properties are asked once', async (t) => {
  const { workspace, cloud } = await open(t, () => ({
    body: { id: 'x', name: 'ws', location: 'westeurope', tags: null },
  }))
  t.is(cloud.requests.length, 0)
  const [first, second] = await Promise.all([workspace.properties(), workspace.properties()])
  t.is(first, second)
  t.is(first.location, 'westeurope')
  t.is(cloud.requests.length, 1)
})

test('only a 404 of the thing itself means that it does not exist', async (t) => {
  const { workspace } = await open(t, (_, path) => {
    if (path === '/models/none') return absent
    if (path === '/models/forbidden')
      return { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'No.' } } }
    if (path === '/models/group')
      return { status: 404, body: { error: { code: 'ResourceGroupNotFound', message: 'Gone.' } } }
    const message =
      "The Resource 'Microsoft.MachineLearningServices/workspaces/ws' under resource group 'group' was not found."
    return { status: 404, body: { error: { code: 'ResourceNotFound', message } } }
  })
  t.is(await workspace.models.container('none'), undefined)
  for (const name of ['forbidden', 'group', 'workspace']) {
    const error = await t.throwsAsync(workspace.models.container(name), { instanceOf: AzureError })
    t.truthy(error?.hint, name)
  }
})

test('versions are read page by page, with null meaning absent', async (t) => {
  const { workspace, cloud } = await open(t, (request, _, count) => {
    const nextLink = count === 1 ? `${request.url.href}&$skip=abc` : null
    return { body: { value: [version(String(count), { tags: null, description: null, isArchived: false })], nextLink } }
  })
  const found: string[] = []
  const options = { orderBy: 'createdtime desc', listView: 'ActiveOnly', tags: { stage: 'gold' } } as const
  for await (const item of workspace.models.versions('diabetes', options)) {
    found.push(item.version)
    t.deepEqual(item.tags, {})
    t.is(item.description, undefined)
  }
  t.deepEqual(found, ['1', '2'])
  t.is(cloud.requests[0]?.url.searchParams.get('$orderBy'), 'createdtime desc')
  t.is(cloud.requests[0]?.url.searchParams.get('tags'), 'stage=gold')
  t.is(cloud.requests[1]?.url.searchParams.get('$skip'), 'abc')
})

test('a model without versions has none, and asking for them is no error', async (t) => {
  const { workspace } = await open(t, () => absent)
  t.deepEqual(await versionsOf(workspace), [])
})

test('a model whose first version is registered while it is asked for shows that version', async (t) => {
  const { workspace, cloud } = await open(t, (_, path) => {
    if (path === '/models/diabetes') return { body: { name: 'diabetes', properties: { nextVersion: '2' } } }
    return cloud.requests.length === 1 ? absent : { body: { value: [version('1')] } }
  })
  t.deepEqual(await versionsOf(workspace), ['1'])
})

test('a list of versions that stays missing although the model is there is an error', async (t) => {
  const { workspace } = await open(t, (_, path) =>
    path === '/models/diabetes' ? { body: { name: 'diabetes', properties: {} } } : absent,
  )
  await t.throwsAsync(versionsOf(workspace), { instanceOf: AzureError })
})

const wanted = { name: 'diabetes', version: '1', uri: 'azureml://datastores/d/paths/p', type: 'custom_model' }

test('a version that exists is not written over', async (t) => {
  const { workspace, cloud } = await open(t, () => ({ body: version('1') }))
  t.is((await workspace.models.create(wanted)).kind, 'exists')
  t.true(cloud.requests.every((request) => request.method === 'GET'))
})

test('a registration whose connection broke after it was done counts as created', async (t) => {
  let stored: Answer = absent
  const { workspace, cloud } = await open(t, (request, _, count) => {
    if (request.method === 'GET') return stored
    if (count > 1) return { status: 412, body: { error: { code: 'PreconditionFailed', message: 'It is there.' } } }
    stored = { body: { ...version('1'), ...(typeof request.body === 'object' ? request.body : {}) } }
    return { broken: true }
  })
  const { kind, version: created } = await workspace.models.create({ ...wanted, tags: { a: 'b' } })
  t.is(kind, 'created')
  t.deepEqual(created.tags, { a: 'b' })
  t.is(cloud.requests.find((request) => request.method === 'PUT')?.headers['if-none-match'], '*')
})

test('a registration that somebody else won at the same moment is told as lost', async (t) => {
  const { workspace } = await open(t, (request, _, count) => {
    if (request.method === 'GET')
      return count === 1 ? absent : { body: version('1', { properties: { 'azureml-cd.registration': 'another' } }) }
    return { status: 400, body: { error: { code: 'UserError', message: 'Asset paths cannot be updated.' } } }
  })
  t.is((await workspace.models.create(wanted)).kind, 'lost')
})

test('archiving writes back everything else that was read', async (t) => {
  const { workspace, cloud } = await open(t, (request) => ({
    body:
      request.method === 'GET'
        ? version('1', { tags: { a: 'b' }, stage: 'Production', unknown: 7 })
        : version('1', { isArchived: true }),
  }))
  t.true((await workspace.models.update('diabetes', '1', { isArchived: true })).isArchived)
  t.like(cloud.requests.at(-1)?.body, {
    properties: { tags: { a: 'b' }, stage: 'Production', unknown: 7, isArchived: true },
  })
})

const endpointBody = {
  id: '/e',
  name: 'e',
  location: 'westeurope',
  kind: null,
  identity: { type: 'SystemAssigned', principalId: 'p', tenantId: 't' },
  tags: { owner: 'me' },
  properties: {
    authMode: 'key',
    traffic: { blue: 100, green: 0 },
    mirrorTraffic: null,
    scoringUri: 'https://e/score',
    provisioningState: 'Succeeded',
    futureSetting: { x: 1 },
  },
}

test('traffic is changed by writing the whole endpoint back, unknown settings included', async (t) => {
  const { workspace, cloud } = await open(t, () => ({ body: endpointBody }))
  const live = await workspace.endpoints.get('e')
  t.is(live?.authMode, 'Key')
  if (!live) return t.fail()
  await workspace.endpoints.put({ ...live, traffic: { blue: 0, green: 100 }, tags: { ...live.tags, step: '1' } })
  t.deepEqual(cloud.requests.find((request) => request.method === 'PUT')?.body, {
    location: 'westeurope',
    tags: { owner: 'me', step: '1' },
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key', traffic: { green: 100 }, mirrorTraffic: {}, futureSetting: { x: 1 } },
  })
})

test('an endpoint is settled when no change of it is under way', async (t) => {
  const { workspace } = await open(t, (_, __, count) => ({
    body: {
      ...endpointBody,
      properties: { ...endpointBody.properties, provisioningState: count < 3 ? 'Updating' : 'Succeeded' },
    },
  }))
  const states: string[] = []
  const settled = await workspace.endpoints.settled('e', { onState: (state) => states.push(state) })
  t.is(settled?.provisioningState, 'Succeeded')
  t.deepEqual(states, ['Updating', 'Updating'])
})

test('a deployment read can be written under another name with another model', async (t) => {
  const body = {
    id: '/d',
    name: 'blue',
    location: 'westeurope',
    tags: null,
    sku: { name: 'Default', capacity: 3 },
    properties: {
      endpointComputeType: 'Managed',
      model: '/models/m/versions/1',
      codeConfiguration: { codeId: '/c', scoringScript: 'score.py' },
      environmentVariables: { A: '1' },
      livenessProbe: { initialDelay: 'PT10S', failureThreshold: 30 },
      dataCollector: { collections: {} },
      instanceType: 'Standard_DS3_v2',
      provisioningState: 'Succeeded',
      appInsightsEnabled: null,
    },
  }
  const { workspace, cloud } = await open(t, () => ({ body }))
  const live = await workspace.deployments.get('e', 'blue')
  if (!live) return t.fail()
  t.is(live.instanceCount, 3)
  await workspace.deployments.put('e', { ...live, name: 'green', model: '/models/m/versions/2' })
  const put = cloud.requests.find((request) => request.method === 'PUT')
  t.regex(put?.url.pathname ?? '', /onlineEndpoints\/e\/deployments\/green$/)
  t.deepEqual(put?.body, {
    location: 'westeurope',
    tags: {},
    sku: { name: 'Default', capacity: 3 },
    properties: {
      endpointComputeType: 'Managed',
      model: '/models/m/versions/2',
      codeConfiguration: { scoringScript: 'score.py', codeId: '/c' },
      environmentVariables: { A: '1' },
      livenessProbe: { initialDelay: 'PT10S', failureThreshold: 30 },
      dataCollector: { collections: {} },
      instanceType: 'Standard_DS3_v2',
      appInsightsEnabled: false,
    },
  })
})

test('keys, tokens and signatures are masked before anybody sees them', async (t) => {
  const { workspace, cloud } = await open(t, (_, path) => {
    if (path.endsWith('/listKeys')) return { body: { primaryKey: 'key-one', secondaryKey: 'key-two' } }
    if (path.endsWith('/token')) return { body: { accessToken: 'token-three', expiryTimeUtc: 1_800_000_000 } }
    if (path.endsWith('/d/listSecrets')) return { body: { secretsType: 'Sas', sasToken: '?sv=1&sig=four%3D' } }
    return { body: { secretsType: 'AccountKey', key: 'key-five' } }
  })
  t.is((await workspace.endpoints.keys('e')).secondary, 'key-two')
  t.is((await workspace.endpoints.token('e')).expiresAt, 1_800_000_000_000)
  t.deepEqual(await workspace.datastores.secrets({ name: 'd', credentialsType: 'Sas' }), {
    kind: 'sas',
    token: 'sv=1&sig=four%3D',
  })
  t.deepEqual(await workspace.datastores.secrets({ name: 'k', credentialsType: 'AccountKey' }), {
    kind: 'account-key',
    key: 'key-five',
  })
  t.deepEqual(await workspace.datastores.secrets({ name: 'n', credentialsType: 'None' }), { kind: 'none' })
  for (const secret of ['key-one', 'key-two', 'token-three', 'four=', 'key-five'])
    t.true(cloud.secrets.includes(secret), secret)
})

test('deleting what is not there says so', async (t) => {
  const { workspace } = await open(t, (_, path) =>
    path.endsWith('/gone') ? absent : { status: path.endsWith('/never') ? 204 : 200 },
  )
  t.false(await workspace.deployments.delete('e', 'never'))
  t.false(await workspace.deployments.delete('e', 'gone'))
  t.true(await workspace.deployments.delete('e', 'blue'))
})

test('scoring returns error statuses as answers and sends the deployment header', async (t) => {
  const { cloud } = await open(t, (request) => ({
    status: 424,
    body: { asked: request.headers['azureml-model-deployment'] },
  }))
  const { httpClient } = cloud
  const answer = await score({
    scoringUri: `${cloud.url}/score`,
    bearer: 'token-of-the-test',
    deployment: 'green',
    body: '{}',
    httpClient,
  })
  t.is(answer.status, 424)
  t.is(answer.body, '{"asked":"green"}')
  t.true(answer.milliseconds > 0)
  await t.throwsAsync(score({ scoringUri: 'http://127.0.0.1:9/score', bearer: 'key', body: '{}' }), {
    message: /not https/,
  })
})
