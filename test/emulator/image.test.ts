import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { freePort } from '../../core/runtime/freePort.ts'
import { product, runProgram } from '../cli/commandLine.ts'
import { type BaseImage, baseImage, removeImages } from '../core/image/baseImage.ts'
import { testWith } from '../requirements.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const docker = async (...args: readonly string[]) => (await run('docker', [...args])).stdout

const test = testWith('docker')
const image = `azureml-cd/test-emulator-${process.pid}`
let base: BaseImage | undefined

test.before(async (t) => {
  t.timeout(300_000)
  base = await baseImage({ server: false, node: true })
  await run(process.execPath, ['scripts/image.mjs', '--tag', image, '--base', base.name])
})

test.after.always(async () => {
  await removeImages(image)
  await base?.remove()
})

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'azureml-cd-image-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

/** The variables that an environment file of the embedded workspace exports. */
const exported = (file: string): Record<string, string> =>
  Object.fromEntries([...file.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]))

async function done(args: readonly string[], environment: Record<string, string>): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runProgram(product, [...args, '--json'], { environment })
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

test('on a fixed port and a mounted folder, its environment file is right as it is, and it ends when it is told to', async (t) => {
  t.timeout(180_000)
  const location = await folder(t)
  const port = String(await freePort())
  const name = `azureml-cd-test-fixed-${process.pid}`
  const container = spawn('docker', [
    ...['run', '--rm', '--init', '--name', name, '--user', `${process.getuid?.()}:${process.getgid?.()}`],
    ...['-p', `127.0.0.1:${port}:${port}`, '-v', `${location}:${location}`, image],
    ...['--location', location, '--port', port],
  ])
  const ended = new Promise<number | null>((resolve) => container.once('exit', resolve))
  t.teardown(() => docker('rm', '--force', name).catch(() => undefined))
  const read = () => readFile(join(location, 'azureml-cd.env'), 'utf8').catch(() => '')
  await until(async () => (await read()).includes('NODE_EXTRA_CA_CERTS'))
  const environment = exported(await read())
  t.true(environment.AZUREML_CD_CLOUD?.endsWith(`:${port}`), environment.AZUREML_CD_CLOUD)
  await done(['register', '--name', 'diabetes', '--path', 'examples/diabetes/models/v1'], environment)
  const { scoringUri } = await done(
    [
      ...['deploy', '--service', 'diabetes', '--model', 'diabetes:1', '--requests', 'examples/diabetes/smoke.json'],
      ...['--inference-config', 'examples/diabetes/inferenceconfig.json', '--bake-seconds', '0'],
      ...['--deployment-config', 'examples/diabetes/deploymentconfig.json'],
    ],
    environment,
  )
  t.is(new URL(String(scoringUri)).port, port)
  const tested = ['test', '--service', 'diabetes', '--requests', 'examples/diabetes/smoke.json']
  t.like(await done(tested, environment), { failed: 0 })
  await docker('stop', '--time', '20', name)
  t.is(await ended, 0)
})

test('on a port of the engine’s choice, what it says inside the container is enough to reach it from outside', async (t) => {
  const outside = await folder(t)
  const id = (
    await docker('run', '--detach', '-p', '127.0.0.1::10443', image, '--json', '--location', '/tmp/workspace')
  ).trim()
  t.teardown(() => docker('rm', '--force', id))
  await until(async () => /^\{"url"/m.test(await docker('logs', id)))
  const read = (path: string) => docker('exec', id, 'cat', path)
  const caFile = join(outside, 'ca.pem')
  await writeFile(caFile, await read('/tmp/workspace/tls/ca.pem'))
  const address = (await docker('port', id, '10443')).trim()
  const environment = {
    ...exported(await read('/tmp/workspace/azureml-cd.env')),
    AZUREML_CD_CLOUD: `https://localhost:${address.split(':').at(-1)}`,
    NODE_EXTRA_CA_CERTS: caFile,
  }
  const model = join(outside, 'model.txt')
  await writeFile(model, 'weights')
  await done(['register', '--name', 'kept', '--path', model], environment)
  await done(['download', '--model', 'kept:1', '--folder', join(outside, 'back')], environment)
  t.is(await readFile(join(outside, 'back', 'model.txt'), 'utf8'), 'weights')
})
