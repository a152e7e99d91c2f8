import { join } from 'node:path'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { imagePython } from '../../../core/runtime/imagePython.ts'
import { testWith } from '../../requirements.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { checkCases } from '../runtime/contract/checkCases.ts'
import { rawHttp, requestHeaders, typed } from '../runtime/contract/decorated.ts'
import { outcomes } from '../runtime/contract/outcomes.ts'
import { plain } from '../runtime/contract/plain.ts'
import { exchange } from '../runtime/exchange.ts'
import { type BaseImage, baseImage } from './baseImage.ts'
import { BuiltImages, served } from './builtImages.ts'
import { ownBase, packaged, serviceFolder } from './packageCommand.ts'

const testImages = testWith('docker with azureml-inference-server-http')

let base: BaseImage
let product: WorkspaceUnderTest
const made = new BuiltImages()

testImages.before(async () => {
  base = await baseImage({ server: true })
  product = await WorkspaceUnderTest.start()
})

testImages.after.always(async () => {
  await product?.close()
  await made.remove()
  await base?.remove()
})

for (const script of [plain, outcomes, requestHeaders, rawHttp, typed])
  testImages(`in an image that was packaged, ${script.title}`, async (t) => {
    const { cases: _, ...rest } = script
    const folder = await serviceFolder(product, {
      files: { 'code/score.py': rest.script, ...rest.files },
      configuration: {
        ...{ entryScript: 'score.py', sourceDirectory: 'code' },
        environment: { ...ownBase(base.name), environmentVariables: script.environmentVariables ?? {} },
      },
    })
    const image = made.name()
    await packaged(product, folder, image)
    await checkCases(t, script, await served(t, image))
  })

const several = `
import json, os
from azureml.core.model import Model
def init():
    global found
    found = {name: open(Model.get_model_path(name)).read() for name in ("first", "second")}
    found["old"] = open(Model.get_model_path("first", version=1)).read()
    found["folder"] = sorted(os.listdir(os.path.join(os.environ["AZUREML_MODEL_DIR"], "tree", "3", "folder")))
def run(data): return dict(found, directory=os.environ["AZUREML_MODEL_DIR"], user=os.getuid(), cwd=os.getcwd())
`

testImages('several models are found as documented, by a user without privileges', async (t) => {
  const folder = await serviceFolder(product, {
    files: {
      ...{ 'code/score.py': several, 'm/one.txt': 'one', 'm/two.txt': 'two', 'm/three.txt': 'three' },
      ...{ 'm/folder/a': 'a', 'm/folder/b/c': 'c' },
    },
    // The stand-in for azureml-core comes with an environment of the image's own.
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'code' },
      environment: { docker: { baseImage: base.name } },
    },
  })
  const at = (path: string) => join(folder, 'm', path)
  const models = [
    `first:1=${at('one.txt')}`,
    `first:10=${at('two.txt')}`,
    `second:2=${at('three.txt')}`,
    `tree:3=${at('folder')}`,
  ]
  const image = made.name()
  await packaged(product, folder, image, ['--models', models.join(',')])
  const { body } = await exchange(await served(t, image), { body: '' })
  t.deepEqual(JSON.parse(body), {
    ...{ first: 'two', old: 'one', second: 'three', folder: ['a', 'b'] },
    ...{ directory: '/var/azureml-app/azureml-models', user: 1000, cwd: '/var/azureml-app' },
  })
})

testImages.serial('equal files are not built again, and another model rebuilds its own layer only', async (t) => {
  const folder = await serviceFolder(product, {
    files: { 'code/score.py': 'def init(): pass\ndef run(data): return 1\n', one: '1', two: '2' },
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'code' },
      environment: { docker: { baseImage: base.name } },
    },
  })
  const image = made.name()
  const build = (model: string, tag = image) =>
    packaged(product, folder, tag, ['--models', `m:${model}=${join(folder, model)}`])
  t.is((await build('one')).outputs.changed, true)
  t.is((await build('one')).outputs.changed, false)
  const other = made.name()
  t.is((await build('two', other)).outputs.changed, true)
  const engine = await dockerEngine()
  const layers = await Promise.all(
    [image, other].map(async (name) => (await engine.getImage(name).inspect()).RootFS.Layers ?? []),
  )
  const shared = layers[0]?.filter((layer, index) => layer === layers[1]?.[index]).length ?? 0
  t.is(shared, (layers[0]?.length ?? 0) - 1)
  t.is(await imagePython(engine, image), '/azureml-envs/azureml-cd/bin/python')
})

testImages('a build that fails is told by its step and what that said', async (t) => {
  const folder = await serviceFolder(product, {
    files: { 'code/score.py': 'def init(): pass\ndef run(data): return 1\n', 'steps.txt': 'RUN ["ls", "/nowhere"]' },
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'code', baseImage: base.name },
      extraDockerfileSteps: 'steps.txt',
    },
  })
  const config = join(folder, 'inferenceconfig.json')
  const { code, stderr } = await product.cli(['package', '--inference-config', config, '--image', made.name()])
  t.is(code, 1)
  t.regex(
    stderr,
    /Error: The image .* could not be built: step \d+ of \d+ \(RUN \["ls", "\/nowhere"\]\) failed: .*It last said: .*\/nowhere.*No such file/,
  )
})

testImages('a registry of Azure builds what an agent without Docker cannot', async (t) => {
  const folder = await serviceFolder(product, {
    files: { 'code/score.py': 'def init(): pass\ndef run(data): return "from a registry"\n' },
    configuration: { ...{ entryScript: 'score.py', sourceDirectory: 'code' }, environment: ownBase(base.name) },
  })
  const { outputs, stderr } = await packaged(product, folder, made.name().replace(/:1$/, ''), ['--builder', 'registry'])
  const image = String(outputs.image)
  made.add(image)
  t.regex(image, /^[\w.:-]+\/azureml-cd\/test-[0-9a-f]{12}:[0-9a-f]{16}$/)
  t.regex(stderr, /Step 1 of \d+ \(FROM/)
  const engine = await dockerEngine()
  const repository = image.slice(image.indexOf('/') + 1)
  made.add(repository)
  t.is((await exchange(await served(t, repository), { body: '' })).body, '"from a registry"')
  t.truthy((await engine.getImage(repository).inspect()).Config.Labels?.['azureml-cd.context'])

  const broken = await serviceFolder(product, {
    files: { 'code/score.py': 'def init(): pass\ndef run(data): return 1\n', 'steps.txt': 'RUN ["ls", "/nowhere"]' },
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'code', baseImage: base.name },
      extraDockerfileSteps: 'steps.txt',
    },
  })
  const config = join(broken, 'inferenceconfig.json')
  const failed = await product.cli([
    'package',
    '--inference-config',
    config,
    '--image',
    'broken',
    '--builder',
    'registry',
  ])
  t.is(failed.code, 1)
  t.regex(
    failed.stderr,
    /Error: The image broken:\w+ could not be built: step \d+ of \d+ \(RUN \["ls", "\/nowhere"\]\) failed/,
  )
})
