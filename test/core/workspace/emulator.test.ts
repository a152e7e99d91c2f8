import anyTest, { type TestFn } from 'ava'
import { AzureError } from '../../../core/azure/armError.ts'
import { Workspace } from '../../../core/workspace/workspace.ts'
import { startStorage, type TestStorage } from '../azure/storage.ts'

const test = anyTest as TestFn<TestStorage>

test.before(async (t) => {
  t.context = await startStorage()
})
test.after.always((t) => t.context.close())

const uri = (path: string) => `azureml://datastores/workspaceblobstore/paths/${path}`

test('of many registrations of one version at the same moment exactly one is told that it was created', async (t) => {
  const { models } = t.context.workspace
  const creations = await Promise.all(
    Array.from({ length: 20 }, (_, run) =>
      models.create({
        name: 'raced',
        version: '1',
        uri: uri(`run-${run}`),
        type: 'custom_model',
        tags: { run: String(run) },
      }),
    ),
  )
  t.is(creations.filter(({ kind }) => kind === 'created').length, 1)
  const winner = creations.find(({ kind }) => kind === 'created')?.version
  const stored = await models.version('raced', '1')
  t.is(stored?.tags.run, winner?.tags.run)
  t.true(stored?.uri.endsWith(`run-${winner?.tags.run}`))
})

test('an answer that is lost after the version was registered still counts as created', async (t) => {
  const { workspace, emulator } = t.context
  const match = { method: 'PUT', path: '/models/lost/versions/1' }
  t.teardown(emulator.faults.add({ match, times: 1, effect: { kind: 'drop', when: 'after' } }))
  const { kind } = await workspace.models.create({ name: 'lost', version: '1', uri: uri('lost'), type: 'custom_model' })
  t.is(kind, 'created')
})

test('versions, containers, archives and deletions agree with what was registered', async (t) => {
  const { models } = t.context.workspace
  for (const version of ['1', '2', '3'])
    await models.create({
      name: 'kept',
      version,
      uri: uri(`kept/${version}`),
      type: 'custom_model',
      tags: { odd: String(Number(version) % 2 === 1) },
    })
  const container = await models.container('kept')
  t.is(container?.latestVersion, '3')
  t.is(container?.nextVersion, '4')
  const listed: string[] = []
  for await (const item of models.versions('kept', { orderBy: 'createdtime desc', top: 2 })) listed.push(item.version)
  t.deepEqual(listed.slice(0, 2), ['3', '2'])
  t.true((await models.update('kept', '3', { isArchived: true })).isArchived)
  const active: string[] = []
  for await (const item of models.versions('kept', { listView: 'ActiveOnly' })) active.push(item.version)
  t.deepEqual(active.toSorted(), ['1', '2'])
  t.true(await models.delete('kept', '1'))
  t.is(await models.version('kept', '1'), undefined)
  const names: string[] = []
  for await (const item of models.containers()) names.push(item.name)
  t.true(names.includes('kept'))
})

test('environments and codes are read back as they were written', async (t) => {
  const { environments, codes } = t.context.workspace
  const wanted = {
    name: 'env',
    version: '7',
    image: 'example.azurecr.io/image:1',
    condaFile: 'name: x',
    tags: { a: 'b' },
    properties: {},
  }
  await environments.put(wanted)
  t.like(await environments.get('env', '7'), wanted)
  t.is((await environments.latest('env'))?.version, '7')
  t.is(await environments.get('env', '8'), undefined)
  const code = { name: '11111111-2222-3333-4444-555555555555', version: '1', uri: 'https://example.org/c/code' }
  const put = await codes.put({ ...code, properties: { hash_sha256: 'abc', hash_version: '202208' } })
  t.is((await codes.byHash({ name: code.name, hash: 'abc', hashVersion: '202208' }))?.id, put.id)
  t.is(await codes.byHash({ name: code.name, hash: 'other', hashVersion: '202208' }), undefined)
})

test('an address that is wrong is told as such, whatever was asked for', async (t) => {
  const { workspace, httpClient } = t.context
  const { host } = workspace.connection
  for (const wrong of [
    { workspace: 'elsewhere' },
    { resourceGroup: 'elsewhere' },
    { subscriptionId: '00000000-0000-0000-0000-000000000001' },
  ]) {
    const other = new Workspace({ ...workspace.address, ...wrong }, host, { httpClient })
    const error = await t.throwsAsync(other.models.container('kept'), { instanceOf: AzureError }, JSON.stringify(wrong))
    t.true(error?.status === 404 || error?.status === 403, error?.message)
    t.truthy(error?.hint, error?.message)
  }
})

test('the secrets of the datastore are masked', async (t) => {
  const { secrets, workspace } = t.context
  const access = await workspace.datastores.secrets(await workspace.datastores.default())
  if (access.kind === 'none') return t.fail('The default datastore keeps a secret.')
  t.true(secrets.includes(access.kind === 'sas' ? access.token : access.key))
})
