import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { bulk } from '../../bulk.ts'
import { type Ended, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
})
test.after.always(() => workspace?.close())

/** A folder with files of these contents. */
async function model(files: Readonly<Record<string, string | Buffer>>, name = 'model'): Promise<string> {
  const folder = join(await workspace.folder(), name)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

function register(name: string, path: string, ...more: string[]): Promise<Ended> {
  return workspace.cli(['register', '--name', name, '--path', path, ...more])
}

/** What a run wrote: PUTs to the resource manager and to the storage account. */
function writesOf(run: Ended) {
  return workspace.requestsOf(run).filter(({ method }) => method !== 'GET' && method !== 'POST')
}

const versionResource = z.object({
  properties: z.object({
    modelUri: z.string(),
    modelType: z.string(),
    description: z.string().nullish(),
    tags: z.record(z.string(), z.string()),
    properties: z.record(z.string(), z.string()),
  }),
})

test('a model whose content is already registered is not registered again', async (t) => {
  const folder = await model({ 'weights.bin': 'one', 'config/params.json': '{}' })
  const first = await register('same', folder)
  t.is(first.code, 0, first.stderr)
  t.like(first.outputs, { modelVersion: '1', changed: true, uploadedBytes: 5 })
  const again = await register('same', folder)
  t.like(again.outputs, { modelVersion: '1', changed: false, uploadedBytes: 0, digest: first.outputs.digest })
  t.deepEqual(writesOf(again), [])
})

test('a renamed file, and the same layout with other bytes, are new versions', async (t) => {
  const folder = await model({ 'a.bin': 'one' })
  await register('changed', folder)
  await rename(join(folder, 'a.bin'), join(folder, 'b.bin'))
  t.like((await register('changed', folder)).outputs, { modelVersion: '2', changed: true })
  await writeFile(join(folder, 'b.bin'), 'two')
  t.like((await register('changed', folder)).outputs, { modelVersion: '3', changed: true })
})

test('whenUnchanged decides whether an older version, only the latest, or none stands for equal content', async (t) => {
  const [one, two] = [await model({ 'm.bin': 'one' }), await model({ 'm.bin': 'two' })]
  await register('policy', one)
  await register('policy', two)
  t.like((await register('policy', one)).outputs, { modelVersion: '1', changed: false })
  t.like((await register('policy', one, '--when-unchanged', 'latest-version')).outputs, {
    modelVersion: '3',
    changed: true,
  })
  t.like((await register('policy', one, '--when-unchanged', 'latest-version')).outputs, {
    modelVersion: '3',
    changed: false,
  })
  t.like((await register('policy', one, '--when-unchanged', 'always-new')).outputs, {
    modelVersion: '4',
    changed: true,
  })
})

test('an archived version stands for nothing', async (t) => {
  const folder = await model({ 'm.bin': 'archived' })
  await register('archived', folder)
  const { body } = await workspace.client.arm('GET', 'models/archived/versions/1')
  const { properties } = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(body)
  await workspace.client.arm('PUT', 'models/archived/versions/1', { properties: { ...properties, isArchived: true } })
  t.like((await register('archived', folder)).outputs, { modelVersion: '2', changed: true })
})

test('description, tags, properties, framework, type and provenance are kept on the version', async (t) => {
  const folder = await model({ MLmodel: 'flavors: {}', 'model.pkl': 'x' })
  const run = await register(
    'described',
    folder,
    ...['--type', 'mlflow', '--description', 'a fit', '--tags', 'stage=test,area=risk', '--properties', 'seed=1=2'],
    ...['--framework', 'ScikitLearn', '--framework-version', '1.5', '--version', '7'],
  )
  t.is(run.code, 0, run.stderr)
  const { properties } = versionResource.parse((await workspace.client.arm('GET', 'models/described/versions/7')).body)
  t.like(properties, { modelType: 'mlflow_model', description: 'a fit', tags: { stage: 'test', area: 'risk' } })
  t.like(properties.properties, {
    seed: '1=2',
    framework: 'ScikitLearn',
    frameworkVersion: '1.5',
    'azureml-cd.digest': run.outputs.digest,
  })
  t.truthy(properties.properties['azureml-cd.actor'])
  t.regex(properties.modelUri, /\/datastores\/workspaceblobstore\/paths\/.+\/model$/)
})

test('an exact version is taken once: again with the same content nothing happens, with other content it is refused', async (t) => {
  const [one, two] = [await model({ 'm.bin': 'one' }), await model({ 'm.bin': 'two' })]
  t.like((await register('exact', one, '--version', '5')).outputs, { modelVersion: '5', changed: true })
  t.like((await register('exact', one, '--version', '5')).outputs, { modelVersion: '5', changed: false })
  const refused = await register('exact', two, '--version', '5')
  t.is(refused.code, 2)
  t.regex(refused.stderr, /Version "5" of the model "exact" exists already with other content/)
})

test('what an ignore file names is not part of the model', async (t) => {
  const ignored = await model({ 'm.bin': 'x', 'notes/draft.md': 'y', '.amlignore': 'notes/\n' })
  const plain = await model({ 'm.bin': 'x' })
  const { outputs } = await register('ignoring', ignored)
  t.is(outputs.digest, (await register('ignoring-not', plain)).outputs.digest)
})

test('links that leave the folder, links to nothing, empty folders and missing paths are one clear error before anything is sent', async (t) => {
  const folder = await model({ 'm.bin': 'x' })
  await symlink('/etc/hostname', join(folder, 'outside'))
  await symlink(join(folder, 'gone'), join(folder, 'nothing'))
  const run = await register('bad', folder)
  t.is(run.code, 2)
  t.regex(run.stderr, /outside.*leaves the folder/)
  t.regex(run.stderr, /"?nothing"?.*link to nothing/)
  t.deepEqual(workspace.requestsOf(run), [])

  const empty = await workspace.folder()
  const none = await register('bad', empty)
  t.is(none.code, 2)
  t.regex(none.stderr, /holds no file/)

  const missing = await register('bad', '/does/not/exist')
  t.is(missing.code, 2)
  t.regex(missing.stderr, /"\/does\/not\/exist" does not exist/)
})

test('a file that cannot be read is named before anything is sent', async (t) => {
  const folder = await model({ 'm.bin': 'x', 'secret.bin': 'y' })
  await chmod(join(folder, 'secret.bin'), 0)
  // The superuser can read everything.
  const run = await register('unreadable', folder)
  if (process.getuid?.() === 0) t.is(run.code, 0)
  else {
    t.is(run.code, 2)
    t.regex(run.stderr, /secret\.bin.*cannot be read/)
  }
})

test('a dry run says what would be registered and sends nothing', async (t) => {
  const folder = await model({ 'm.bin': 'dry' })
  const run = await register('dry', folder, '--dry-run')
  t.like(run.outputs, { changed: false, modelVersion: '' })
  t.regex(run.stderr, /Would register 1 file, 0\.0 MiB as the next version of dry/)
  t.deepEqual(writesOf(run), [])
})

test('a job’s output is registered where it is, once, and again when a file of it is rewritten', async (t) => {
  const folder = await model({ 'model/weights.bin': 'trained' })
  await register('source', folder)
  const { properties } = versionResource.parse((await workspace.client.arm('GET', 'models/source/versions/1')).body)
  const uri = properties.modelUri
  await workspace.client.arm('PUT', 'jobs/train-1', {
    properties: {
      jobType: 'Command',
      command: 'python train.py',
      environmentId: 'azureml:any:1',
      outputs: { model: { jobOutputType: 'uri_folder', uri } },
    },
  })
  const from = 'azureml://jobs/train-1/outputs/model/paths/model'
  const first = await register('from-job', from)
  t.is(first.code, 0, first.stderr)
  t.like(first.outputs, { modelVersion: '1', changed: true, uploadedBytes: 0 })
  t.like((await register('from-job', from)).outputs, { modelVersion: '1', changed: false })
  const missing = await register('from-job', 'azureml://jobs/train-1/outputs/nothing')
  t.is(missing.code, 2)
  t.regex(missing.stderr, /has no output "nothing"/)
  t.regex((await register('from-job', 'runs:/no-such-run/model')).stderr, /nothing at "runs:\/no-such-run\/model"/i)
})

const crowd = bulk('simultaneous registrations of one name', { all: 20, sample: 8 })

test(`${crowd} simultaneous registrations of one name with different content are ${crowd} versions`, async (t) => {
  const folders = await Promise.all(Array.from({ length: crowd }, (_, index) => model({ 'm.bin': `content ${index}` })))
  const runs = await Promise.all(folders.map((folder) => register('crowd', folder)))
  t.deepEqual(
    runs.filter(({ code }) => code !== 0).map(({ stderr }) => stderr),
    [],
  )
  const versions = runs.map(({ outputs }) => Number(outputs.modelVersion)).sort((a, b) => a - b)
  t.deepEqual(
    versions,
    Array.from({ length: crowd }, (_, index) => index + 1),
  )
  const digests = new Map(runs.map(({ outputs }) => [String(outputs.modelVersion), String(outputs.digest)]))
  for (const version of versions) {
    const { body } = await workspace.client.arm('GET', `models/crowd/versions/${version}`)
    const kept = z.object({ properties: z.object({ properties: z.record(z.string(), z.string()) }) }).parse(body)
    t.is(kept.properties.properties['azureml-cd.digest'], digests.get(String(version)))
  }
})

test('five simultaneous registrations of the same content are one version', async (t) => {
  const folder = await model({ 'm.bin': 'the same' })
  const runs = await Promise.all(Array.from({ length: 5 }, () => register('echo', folder)))
  t.deepEqual(
    runs.filter(({ code }) => code !== 0).map(({ stderr }) => stderr),
    [],
  )
  const list = z.object({ value: z.array(z.object({ name: z.string() })) })
  const { value } = list.parse((await workspace.client.arm('GET', 'models/echo/versions')).body)
  t.is(value.length, 1)
  t.deepEqual([...new Set(runs.map(({ outputs }) => outputs.modelVersion))], [value[0]?.name])
})

test('a registration killed while it uploads leaves no version, and the next one sends only what is missing', async (t) => {
  const folder = await model({ 'big.bin': randomBytes(48 * 2 ** 20) })
  let blobs = 0
  const run = await workspace.run(['register', '--name', 'resumed', '--path', folder])
  const { requests } = workspace.emulator
  const timer = setInterval(() => {
    blobs = requests.all().filter(({ method, path }) => method === 'PUT' && path.includes('comp=block&')).length
    if (blobs >= 6) run.child.kill('SIGKILL')
  }, 5)
  const killed = await run.ended
  clearInterval(timer)
  t.is(killed.signal, 'SIGKILL', killed.stderr)
  t.is((await workspace.client.arm('GET', 'models/resumed/versions/1')).status, 404)
  const again = await register('resumed', folder)
  t.is(again.code, 0, again.stderr)
  t.like(again.outputs, { modelVersion: '1', changed: true })
  t.true(Number(again.outputs.uploadedBytes) < 48 * 2 ** 20, `sent ${again.outputs.uploadedBytes}`)
})

test('a downloaded model is the registered one, byte for byte', async (t) => {
  const folder = await model({ 'a/b.bin': randomBytes(70_000), 'c.txt': 'hello\r\n' })
  const { outputs } = await register('round-trip', folder)
  const target = join(await workspace.folder(), 'new', 'folder')
  const fetched = await workspace.cli(['download', '--model', 'round-trip', '--folder', target])
  t.is(fetched.code, 0, fetched.stderr)
  t.like(fetched.outputs, { modelVersion: '1', files: 2, bytes: 70_007 })
  t.is((await register('round-trip', target)).outputs.digest, outputs.digest)
})

test('a version that does not exist is an error that names the newest there are', async (t) => {
  await register('few', await model({ 'm.bin': 'x' }))
  const run = await workspace.cli(['download', '--model', 'few:9', '--folder', await workspace.folder()])
  t.is(run.code, 2)
  t.regex(run.stderr, /Version "9" of the model "few" does not exist\. Newest versions: 1\./)
})
