import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { Client } from '../../emulator/client.ts'
import { type Binding, bindingSchema, evaluate, type Row } from './evaluate.ts'

let emulator: Emulator
let client: Client

const models = ['churn', 'diabetes', 'risk']

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
  client = new Client(emulator)
  const properties = { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }
  for (const name of models)
    for (const version of ['1', '2', '10'])
      await client.arm('PUT', `models/${name}/versions/${version}`, { properties })
  const endpoint = { location: 'local', identity: { type: 'SystemAssigned' }, properties: { authMode: 'Key' } }
  for (const name of ['one-service', 'other-service']) await client.arm('PUT', `onlineEndpoints/${name}`, endpoint)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

/** What a service connection offers to templates. */
function endpointOf({ scoped }: { readonly scoped: boolean }) {
  const { url, subscriptionId, resourceGroup, workspace } = emulator
  const scope = scoped ? { resourceGroupName: resourceGroup, mlWorkspaceName: workspace } : {}
  return { url: `${url}/`, subscriptionId, ...scope }
}

async function get(url: string): Promise<string> {
  checkAddress(url)
  const { status, body } = await client.arm('GET', url)
  if (status !== 200) throw new Error(`${url} was answered with ${status}: ${JSON.stringify(body)}`)
  return JSON.stringify(body)
}

/** Azure DevOps sends addresses as templates make them: what is not an address any more must not be asked for. */
function checkAddress(url: string): void {
  if (!URL.canParse(url) || url.includes(' ')) throw new Error(`"${url}" is no address.`)
}

const manifest = z.looseObject({ name: z.string(), dataSourceBindings: z.array(bindingSchema).default([]) })
const tasks = readdirSync('tasks', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => manifest.parse(JSON.parse(readFileSync(`tasks/${name}/task.json`, 'utf8'))))
const bindingOf = (task: string, target: string): Binding => {
  const found = tasks.find(({ name }) => name === task)?.dataSourceBindings.find((one) => one.target === target)
  if (!found) throw new Error(`${task} has no list for "${target}".`)
  return found
}
const valuesOf = (rows: readonly Row[]) => rows.map(({ Value }) => Value)

for (const scoped of [true, false])
  test.serial(
    `every pick list of every task is filled, with a connection ${scoped ? 'for a workspace and no inputs' : 'for a subscription and all inputs'}`,
    async (t) => {
      const { subscriptionId, resourceGroup, workspace } = emulator
      const inputs = { service: 'one-service', ...(scoped ? {} : { subscriptionId, resourceGroup, workspace }) }
      const expected: Readonly<Record<string, readonly string[]>> = {
        subscriptionId: [subscriptionId],
        resourceGroup: [resourceGroup],
        workspace: [workspace],
        service: ['one-service', 'other-service'],
        services: ['one-service', 'other-service'],
        name: models,
        models,
        model: models,
        deployment: [],
        datastore: ['azureml', 'workspaceartifactstore', 'workspaceblobstore', 'workspaceworkingdirectory'],
      }
      let lists = 0
      for (const { name, dataSourceBindings } of tasks)
        for (const binding of dataSourceBindings) {
          const { rows } = await evaluate(binding, { endpoint: endpointOf({ scoped }), inputs, get })
          lists += 1
          const found = valuesOf(rows).toSorted()
          if (binding.target === 'datastore') t.true(found.includes('workspaceblobstore'))
          else if (name === 'AzureMLRemove' && binding.target === 'model')
            t.deepEqual(
              found,
              models.map((model) => `${model}:10`),
            )
          else t.deepEqual(found, [...(expected[binding.target] ?? ['?'])].toSorted(), `${name}: ${binding.target}`)
          for (const row of rows) t.deepEqual(Object.keys(row), ['Value', 'DisplayValue'])
        }
      t.true(lists > 3 * tasks.length)
    },
  )

test.serial('what is chosen above a list decides what it shows', async (t) => {
  const inputs = { subscriptionId: emulator.subscriptionId, resourceGroup: 'another', workspace: 'elsewhere' }
  const asked: string[] = []
  await evaluate(bindingOf('AzureMLDeploy', 'service'), {
    endpoint: endpointOf({ scoped: true }),
    inputs,
    get: async (url) => {
      asked.push(url)
      return '{"value":[]}'
    },
  })
  t.regex(asked[0] ?? '', /\/resourceGroups\/another\/.*\/workspaces\/elsewhere\/onlineEndpoints\?/)
})

test.serial('an answer that Azure DevOps would not take is not taken here either', async (t) => {
  const binding = bindingOf('AzureMLDeploy', 'model')
  const endpoint = endpointOf({ scoped: true })
  const model = (length: number) => ({ name: 'm'.repeat(length), properties: { latestVersion: '1' } })
  const whole = await evaluate(binding, {
    endpoint,
    inputs: {},
    get: async () => JSON.stringify({ value: [model(1_900_000)] }),
  })
  t.is(whole.rows.length, 1)
  await t.throwsAsync(
    evaluate(binding, { endpoint, inputs: {}, get: async () => JSON.stringify({ value: [model(2_000_000)] }) }),
    { message: /longer than Azure DevOps takes/ },
  )
})

const artifact = z.object({
  contributions: z.array(
    z.looseObject({
      id: z.string(),
      properties: z.looseObject({
        dataSourceBindings: z.array(bindingSchema).default([]),
        inputDescriptors: z
          .array(z.looseObject({ id: z.string(), dependencyInputIds: z.array(z.string()).default([]) }))
          .default([]),
        downloadTaskId: z.string().optional(),
        uniqueSourceIdentifier: z.string().optional(),
        artifactType: z.string().optional(),
      }),
    }),
  ),
})
const [contribution] = artifact
  .parse(JSON.parse(readFileSync('vss-extension.json', 'utf8')))
  .contributions.filter(({ id }) => id === 'azureml-model-artifact')

async function artifactList(target: string, inputs: Readonly<Record<string, string>>): Promise<readonly Row[]> {
  const binding = contribution?.properties.dataSourceBindings.find((one) => one.target === target)
  if (!binding) throw new Error(`The artifact has no list for "${target}".`)
  return (await evaluate(binding, { endpoint: endpointOf({ scoped: false }), inputs, get })).rows
}

test.serial('a model artifact is chosen from the connection down to the version, newest first', async (t) => {
  const [workspace, ...others] = await artifactList('workspace', {})
  t.deepEqual(others, [])
  t.deepEqual(workspace, {
    Value: client.workspace,
    DisplayValue: `${emulator.workspace} (${emulator.resourceGroup})`,
  })
  const inputs = { workspace: workspace?.Value ?? '' }
  t.deepEqual(valuesOf(await artifactList('definition', inputs)).toSorted(), models)
  for (const target of ['versions', 'defaultVersionSpecific'])
    t.deepEqual(valuesOf(await artifactList(target, { ...inputs, definition: 'diabetes' })), ['10', '2', '1'])
  t.deepEqual(await artifactList('latestversion', { ...inputs, definition: 'diabetes' }), [
    { Value: '10', DisplayValue: '10' },
  ])
})

test("the artifact's identity carries the whole id of the workspace, and its download is the task that is there for it", (t) => {
  const {
    downloadTaskId,
    uniqueSourceIdentifier,
    artifactType,
    inputDescriptors = [],
    dataSourceBindings = [],
  } = contribution?.properties ?? {}
  t.is(uniqueSourceIdentifier, '{{connection}}:{{workspace}}:{{definition}}')
  const download: unknown = JSON.parse(readFileSync('tasks/AzureMLDownloadArtifact/task.json', 'utf8'))
  const task = z.object({ id: z.string(), inputs: z.array(z.object({ name: z.string() })) }).parse(download)
  t.is(downloadTaskId, task.id)
  // Azure DevOps hands the task the artifact's inputs by their ids, and these two.
  const handed: readonly (string | undefined)[] = [...inputDescriptors.map(({ id }) => id), 'version', 'downloadPath']
  for (const { name } of task.inputs) t.true(handed.includes(name), name)
  t.is(artifactType, 'Build')
  t.true(
    dataSourceBindings.some(({ target }) => target === 'artifactDetails'),
    'Without it no agent downloads a build.',
  )
  for (const { dependencyInputIds } of inputDescriptors)
    for (const id of dependencyInputIds) t.true(handed.includes(id))
})

test.serial('artifact details are made of the version alone', async (t) => {
  t.deepEqual(await artifactList('artifactDetails', { version: '2' }), [{ Name: '2', downloadUrl: `${emulator.url}/` }])
})

// What is made here stays in the lists of models, so these come last.
test.serial('a list goes on from page to page, five times at most', async (t) => {
  const many = [...Array(101).keys()].map((number) => `paged-${String(number).padStart(3, '0')}`)
  const properties = { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }
  for (const name of many) await client.arm('PUT', `models/${name}/versions/1`, { properties })
  const { rows, urls } = await evaluate(bindingOf('AzureMLDeploy', 'model'), {
    endpoint: endpointOf({ scoped: true }),
    inputs: {},
    get,
  })
  t.is(urls.length, 2)
  t.is(new Set(valuesOf(rows)).size, rows.length)
  for (const name of [...many, ...models]) t.true(valuesOf(rows).includes(name))

  const endless = await evaluate(bindingOf('AzureMLDeploy', 'model'), {
    endpoint: endpointOf({ scoped: true }),
    inputs: {},
    get: async (url) => JSON.stringify({ value: [{ name: 'm' }], nextLink: `${url.split('&')[0]}&$skip=more` }),
  })
  t.is(endless.urls.length, 6)
  t.true(endless.urls.slice(1).every((url) => url.endsWith('&$skip=more')))
})

test.serial(
  'a page of models, with all that Azure tells of each, is far from the size that Azure DevOps takes',
  async (t) => {
    const tags = Object.fromEntries([...Array(15).keys()].map((number) => [`tag-${number}`, 'v'.repeat(256)]))
    await client.arm('PUT', 'models/tagged/versions/1', {
      properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model', tags },
    })
    const versions = await get(`${emulator.url}${client.workspace}/models/tagged/versions?api-version=2024-04-01`)
    t.true(Buffer.byteLength(versions) * 100 < 2_000_000, `${Buffer.byteLength(versions)} bytes for one`)
  },
)

test.serial('an archived version is none that a release could take', async (t) => {
  const properties = { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }
  await client.arm('PUT', 'models/archived/versions/1', { properties })
  await client.arm('PUT', 'models/archived/versions/2', { properties: { ...properties, isArchived: true } })
  const inputs = { workspace: client.workspace, definition: 'archived' }
  t.deepEqual(valuesOf(await artifactList('versions', inputs)), ['1'])
  t.deepEqual(valuesOf(await artifactList('latestversion', inputs)), ['1'])
})
