import { join } from 'node:path'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { until } from '../../emulator/until.ts'
import { testWith } from '../../requirements.ts'
import { type BaseImage, baseImage } from '../image/baseImage.ts'
import { serviceFolder } from '../image/packageCommand.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { exchange } from '../runtime/exchange.ts'
import { load } from './load.ts'

const testLocal = testWith('docker with azureml-inference-server-http')

let base: BaseImage
let product: WorkspaceUnderTest

testLocal.before(async () => {
  base = await baseImage({ server: true })
  product = await WorkspaceUnderTest.start()
  const folder = await product.folder()
  const { writeFile } = await import('node:fs/promises')
  for (const [version, text] of Object.entries({ 1: 'one', 2: 'two', 3: 'broken' })) {
    await writeFile(join(folder, 'model.txt'), text)
    await product.done(['register', '--name', 'm', '--version', version, '--path', join(folder, 'model.txt')])
  }
})

testLocal.after.always(async () => {
  for (const service of services) await product?.cli(['remove', '--service', service, '--target', 'local', '--force'])
  await product?.close()
  const engine = await dockerEngine()
  const images = await engine.listImages()
  for (const { RepoTags: tags } of images)
    for (const tag of tags ?? [])
      if (
        services.some(
          (service) => tag.startsWith(`azureml-cd/${service}:`) || tag.startsWith(`azureml-cd/${service}-code:`),
        )
      )
        await engine
          .getImage(tag)
          .remove({ force: true })
          .catch(() => undefined)
  await base?.remove()
})

const services: string[] = []

const script = `
import os, time
def init():
    global text
    folder = os.environ["AZUREML_MODEL_DIR"]
    text = open(os.path.join(folder, "model.txt")).read()
    time.sleep(1)
def run(data):
    if text == "broken": raise ValueError("broken")
    return [text, os.environ["GREETING"], os.getuid()]
`

async function files(more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = await serviceFolder(product, {
    files: {
      'code/score.py': script,
      'deploymentconfig.json': '{"computeType": "local", "environmentVariables": {"GREETING": "hello"}}',
      'requests.json': '{"requests": [{"name": "any", "body": 1}]}',
      ...more,
    },
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'code' },
      environment: { docker: { baseImage: base.name }, python: { userManagedDependencies: true } },
    },
  })
  return [
    ...['--inference-config', join(folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(folder, 'deploymentconfig.json')],
    ...['--requests', join(folder, 'requests.json')],
  ]
}

function service(name: string): readonly string[] {
  services.push(name)
  return ['--service', name]
}

const origin = (outputs: Readonly<Record<string, unknown>>) => new URL(String(outputs.scoringUri)).origin

testLocal.serial('a service on this machine is deployed, updated without a failed request, and removed', async (t) => {
  const own = service('test-local-whole')
  const given = await files()
  const deploy = (...more: string[]) => product.done(['deploy', ...own, '--model', 'm:1', ...given, ...more])
  t.is((await deploy('--dry-run')).outputs.state, 'planned')
  const { outputs } = await deploy()
  t.is(outputs.state, 'Succeeded')
  t.is((await exchange(origin(outputs), { body: '1' })).body, '["one", "hello", 1000]')
  t.is((await exchange(origin(outputs), { method: 'GET', path: '/swagger.json' })).status, 200)
  t.is((await deploy()).outputs.changed, false)

  const engine = await dockerEngine()
  const containers = await engine.listContainers({ filters: { label: ['azureml-cd.service=test-local-whole'] } })
  for (const { Ports: ports } of containers)
    t.deepEqual(
      ports.map(({ IP: address }) => address),
      ['127.0.0.1'],
    )

  const under = load(origin(outputs))
  const update = await product.done([
    'update',
    ...own,
    '--target',
    'local',
    '--model',
    'm:2',
    '--requests',
    given[5] ?? '',
  ])
  const { failures, answers, longestGap } = await under.stop()
  t.is(update.outputs.outcome, 'promoted')
  t.deepEqual(failures, [])
  t.deepEqual([...answers.keys()].sort(), ['["one", "hello", 1000]', '["two", "hello", 1000]'])
  t.true(longestGap < 1000, `${longestGap} ms`)
  t.is((await exchange(origin(outputs), { body: '1' })).body, '["two", "hello", 1000]')

  await product.done(['test', ...own, '--target', 'local', '--requests', given[5] ?? ''])
  await product.done(['remove', ...own, '--target', 'local', '--force'])
  t.deepEqual(
    await engine.listContainers({ all: true, filters: { label: ['azureml-cd.service=test-local-whole'] } }),
    [],
  )
  await t.throwsAsync(exchange(origin(outputs), { body: '1' }))
})

testLocal.serial('a version that fails is refused with its log, and what served serves on', async (t) => {
  const own = service('test-local-refused')
  const given = await files()
  const { outputs } = await product.done(['deploy', ...own, '--model', 'm:1', ...given])
  const under = load(origin(outputs))
  const wrong = await product.cli(['deploy', ...own, '--model', 'm:3', ...given])
  t.is(wrong.code, 3)
  t.regex(wrong.stderr, /did not pass the test request "any": .*500.* v1-[0-9a-f]{8} serves as before/)
  const dead = await files({ 'code/score.py': 'import no_such_package\ndef init(): pass\ndef run(data): pass\n' })
  const ended = await product.cli(['deploy', ...own, '--model', 'm:1', ...dead])
  t.is(ended.code, 3)
  t.regex(
    ended.stderr,
    /ended with exit code \d before it was ready: ModuleNotFoundError: No module named 'no_such_package' v1/,
  )
  const { failures, answers } = await under.stop()
  t.deepEqual(failures, [])
  t.deepEqual([...answers.keys()], ['["one", "hello", 1000]'])
})

testLocal.serial('two runs on one service wait for each other, and a killed one keeps nobody out', async (t) => {
  const own = service('test-local-rivals')
  const given = await files()
  const deploy = (model: string) => product.cli(['deploy', ...own, '--model', model, ...given])
  const [one, two] = await Promise.all([deploy('m:1'), deploy('m:2')])
  t.deepEqual([one.code, two.code], [0, 0], `${one.stderr}${two.stderr}`)
  t.is(one.outputs.scoringUri, two.outputs.scoringUri)
  const engine = await dockerEngine()
  const left = () => engine.listContainers({ all: true, filters: { label: ['azureml-cd.service=test-local-rivals'] } })
  const names = async () => (await left()).map(({ Names: [name] }) => name).join(' ')
  t.is((await left()).length, 2, await names())

  const held = async () => /-lock\b/.test(await names())
  const killed = await product.run(['update', ...own, '--target', 'local', '--model', 'm:1'])
  await until(held)
  // It must not be done before the late one has looked.
  killed.child.kill('SIGSTOP')
  const late = await product.cli(['update', ...own, '--target', 'local', '--model', 'm:2', '--wait-seconds', '0'])
  t.is(late.code, 1)
  t.regex(late.stderr, /Another run is working on the service "test-local-rivals"/)
  killed.child.kill('SIGKILL')
  await killed.ended
  t.true(await held())
  await product.done(['update', ...own, '--target', 'local', '--model', 'm:2', '--wait-seconds', '5'])
  t.is((await exchange(origin(one.outputs), { body: '1' })).body, '["two", "hello", 1000]')
  t.is((await left()).length, 2, await names())
})

testLocal.serial('a port that another program has is told, and nothing is left behind', async (t) => {
  const own = service('test-local-port')
  const { createServer } = await import('node:net')
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const given = await files({
    'deploymentconfig.json': JSON.stringify({ port, environmentVariables: { GREETING: 'x' } }),
  })
  const { code, stderr } = await product.cli(['deploy', ...own, '--target', 'local', '--model', 'm:1', ...given])
  t.is(code, 1)
  t.true(stderr.includes(`The port ${port} of this machine is taken by another program`), stderr)
  const engine = await dockerEngine()
  t.deepEqual(
    await engine.listContainers({ all: true, filters: { label: ['azureml-cd.service=test-local-port'] } }),
    [],
  )
})
