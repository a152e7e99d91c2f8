import { randomBytes } from 'node:crypto'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { dockerRuntime } from '../../../core/runtime/docker.ts'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { emptyImage } from '../../../core/runtime/emptyImage.ts'
import { ScoringServerError } from '../../../core/runtime/scoringServer.ts'
import { python, testWith } from '../../requirements.ts'
import { exchange } from './exchange.ts'
import { imageOfThisPython } from './imageOfThisPython.ts'
import { silence, startOwner } from './killedOwner.ts'
import { scoringFolder } from './scoringFolder.ts'

const testWithDocker = testWith('docker')
const patience = () => AbortSignal.timeout(60_000)

/** An owner of this test's own, whose containers are all gone when the test ends. */
function newOwner(t: ExecutionContext): string {
  const owner = `test-${randomBytes(6).toString('hex')}`
  t.teardown(async () => {
    const engine = await dockerEngine()
    for (const { Id: id } of await containersOf(owner))
      await engine
        .getContainer(id)
        .remove({ force: true })
        .catch(() => undefined)
  })
  return owner
}

async function containersOf(owner: string) {
  const engine = await dockerEngine()
  return engine.listContainers({ all: true, filters: { label: [`azureml-cd.owner=${owner}`] } })
}

const look = `
import os
def init(): pass
def run(data):
    try:
        open(os.path.join(os.environ["AML_APP_ROOT"], "new"), "w")
        wrote = True
    except OSError: wrote = False
    model = os.environ["AZUREML_MODEL_DIR"]
    return {"model": model, "weights": open(os.path.join(model, "weights.txt")).read(), "wrote": wrote, "user": os.getuid(),
        "own": os.environ["OWN"], "secret": os.environ.get("AZURE_CLIENT_SECRET")}
`

testWithDocker(
  'a container scores with code and models that it cannot change, as nobody, on loopback only',
  async (t) => {
    process.env.AZURE_CLIENT_SECRET = 'hidden'
    const owner = newOwner(t)
    const folder = await scoringFolder(t, look, { 'models/diabetes/7/weights.txt': '1.5' })
    await chmod(folder.sourceDirectory, 0o755)
    const runtime = await dockerRuntime({ owner, python })
    const image = 'example.azurecr.io/scoring:1'
    const running = await runtime.start({
      ...folder,
      image,
      modelsRoot: join(folder.root, 'models'),
      models: [{ name: 'diabetes', version: '7' }],
      environmentVariables: { OWN: 'a b=c' },
    })
    await running.ready({ signal: patience() })
    const { status, body, headers } = await exchange(running.url, {
      headers: { 'x-request-id': 'request-7' },
      body: '',
    })
    t.is(status, 200)
    t.deepEqual(JSON.parse(body), {
      model: '/var/azureml-app/azureml-models/diabetes/7',
      weights: '1.5',
      wrote: false,
      user: process.getuid?.() || 65534,
      own: 'a b=c',
      secret: null,
    })
    t.is(headers['x-request-id'], 'request-7')

    const [container] = await containersOf(owner)
    t.deepEqual(
      container?.Ports.map(({ IP: address }) => address),
      ['127.0.0.1'],
    )
    await running.stop()
    t.deepEqual(await running.exited, { code: 0 })
    t.deepEqual(await containersOf(owner), [])
    const log = await readFile(folder.logFile, 'utf8')
    t.regex(
      log,
      /^The image example\.azurecr\.io\/scoring:1 is not on this machine; this machine's own Python 3\.\d+\.\d+ is mounted/,
    )
    t.regex(log, /POST \/score 200/)
  },
)

testWithDocker('a container whose entry script fails ends with code 3 and says why', async (t) => {
  const owner = newOwner(t)
  const runtime = await dockerRuntime({ owner, python })
  const running = await runtime.start(await scoringFolder(t, 'import no_such_package'))
  const error = await t.throwsAsync(running.ready({ signal: patience() }), { instanceOf: ScoringServerError })
  t.is(error?.exitCode, 3)
  t.is(error?.lastLogLine, "ModuleNotFoundError: No module named 'no_such_package'")
  t.deepEqual(await containersOf(owner), [])
})

testWithDocker('a container ends and is removed when the process that started it is killed', async (t) => {
  const owner = newOwner(t)
  const spec = await scoringFolder(t, 'def init(): pass\ndef run(data): return 1\n')
  const started = await startOwner({ kind: 'docker', owner, server: 'stand-in', spec })
  t.is((await containersOf(owner)).length, 1)
  started.process.kill('SIGKILL')
  await t.notThrowsAsync(silence(started.url, AbortSignal.timeout(20_000)))
})

testWithDocker('a sweep removes what a killed owner left, and leaves alone what has an owner', async (t) => {
  const owner = newOwner(t)
  // A script that keeps the server from ending with its owner: Python is never given the chance to look.
  const script =
    'import os, signal\ndef init():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef run(data): return 1\n'
  const runtime = await dockerRuntime({ owner, python, server: 'stand-in' })
  const kept = await runtime.start(await scoringFolder(t, script))
  const started = await startOwner({ kind: 'docker', owner, server: 'stand-in', spec: await scoringFolder(t, script) })
  const engine = await dockerEngine()
  const left = (await containersOf(owner)).find(({ Ports: ports }) => started.url.endsWith(`:${ports[0]?.PublicPort}`))
  // A frozen container cannot notice that its owner is gone.
  await engine.getContainer(left?.Id ?? '').pause()
  const gone = new Promise((resolve) => started.process.once('exit', resolve))
  started.process.kill('SIGKILL')
  await gone
  t.is((await containersOf(owner)).length, 2)
  await runtime.sweep?.()
  t.is((await containersOf(owner)).length, 1)
  await kept.ready({ signal: patience() })
  await kept.stop()
})

testWithDocker('an image that is here is used, with its own Python', async (t) => {
  const owner = newOwner(t)
  const image = await imageOfThisPython(t)
  const spec = await scoringFolder(
    t,
    'import os, sys\ndef init(): pass\ndef run(data): return [sys.executable, os.path.exists("/usr/share"), os.environ["FROM"]]\n',
  )
  const running = await (await dockerRuntime({ owner, python: 'no-such-python' })).start({ ...spec, image })
  await running.ready({ signal: patience() })
  t.is((await exchange(running.url, {})).body, '["/opt/bin/python3", false, "image"]')
  await running.stop()
  t.notRegex(await readFile(spec.logFile, 'utf8'), /not on this machine/)
})

testWithDocker('an image without Python is refused', async (t) => {
  const image = await emptyImage(await dockerEngine())
  const spec = await scoringFolder(t, '')
  await t.throwsAsync((await dockerRuntime({ owner: newOwner(t), python })).start({ ...spec, image }), {
    name: 'UserError',
    message: `The image ${image} holds no Python: neither python nor python3 is in its PATH.`,
  })
})
