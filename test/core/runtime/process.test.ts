import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { processRuntime } from '../../../core/runtime/process.ts'
import { ScoringServerError, type ScoringServerSpec } from '../../../core/runtime/scoringServer.ts'
import type { ServerChoice } from '../../../core/runtime/serverProgram.ts'
import { python, testWith } from '../../requirements.ts'
import { exchange } from './exchange.ts'
import { silence, startOwner } from './killedOwner.ts'
import { scoringFolder } from './scoringFolder.ts'

const servers: readonly (readonly [ServerChoice, string, typeof test])[] = [
  ['stand-in', 'the stand-in', test],
  ['auto', 'azureml-inference-server-http', testWith('azureml-inference-server-http')],
]
const patience = () => AbortSignal.timeout(60_000)

async function serve(t: ExecutionContext, spec: ScoringServerSpec, server: ServerChoice = 'stand-in') {
  const running = await (await processRuntime({ python, server })).start(spec)
  t.teardown(() => running.stop())
  await running.ready({ signal: patience() })
  return running
}

for (const [server, title, testThere] of servers) {
  testThere(`${title} ends when the process that started it is killed`, async (t) => {
    const spec = await scoringFolder(t, 'def init(): pass\ndef run(data): return 1\n')
    const owner = await startOwner({ kind: 'process', owner: 'nobody', server, spec })
    t.is((await exchange(owner.url, {})).status, 200)
    owner.process.kill('SIGKILL')
    await t.notThrowsAsync(silence(owner.url, AbortSignal.timeout(20_000)))
  })

  const failures: readonly (readonly [string, string, RegExp])[] = [
    ['raises when it is imported', 'raise ValueError("not today")', /ValueError: not today/],
    ['imports what this Python has not', 'import no_such_package', /No module named 'no_such_package'/],
    ['is no Python', 'def init(:', /SyntaxError/],
    ['exits', 'import sys\nsys.exit(0)', /SystemExit/],
    ['raises in init()', 'def init(): raise KeyError("weights")\ndef run(data): pass', /KeyError: 'weights'/],
    ['has no init()', 'def run(data): pass', /init\(\)/],
    ['has no run()', 'def init(): pass', /run\(\)/],
    ['has a run() without parameters', 'def init(): pass\ndef run(): pass', /run\(\) needs/],
    ['has a run() with any parameters', 'def init(): pass\ndef run(*data): pass', /run\(\) cannot/],
  ]
  testThere(`${title} ends with code 3 and says why when the entry script is at fault`, async (t) => {
    const runtime = await processRuntime({ python, server })
    for (const [fault, script, reason] of failures) {
      const running = await runtime.start(await scoringFolder(t, script))
      const error = await t.throwsAsync(running.ready({ signal: patience() }), { instanceOf: ScoringServerError })
      t.is(error?.exitCode, 3, fault)
      t.regex(error?.message ?? '', reason, fault)
      t.regex(error?.lastLogLine ?? '', reason, fault)
      t.deepEqual(await running.exited, { code: 3 }, fault)
    }
  })
}

test('what the model directory holds is in the log when init() fails', async (t) => {
  const folder = await scoringFolder(t, 'def init(): raise OSError("no weights")\ndef run(data): pass', {
    'models/diabetes/7/model/weights.bin': '1',
  })
  const spec = { ...folder, modelsRoot: join(folder.root, 'models'), models: [{ name: 'diabetes', version: '7' }] }
  await t.throwsAsync(serve(t, spec), { message: /OSError: no weights/ })
  const log = await readFile(spec.logFile, 'utf8')
  t.regex(log, /diabetes\/7\) holds:\n.* {4}model\/\n.* {8}weights\.bin\n/)
  t.regex(log, /Traceback[\s\S]*score\.py", line 1, in init/)
})

test('an entry script or source directory that is not there is named', async (t) => {
  const spec = await scoringFolder(t, '')
  await t.throwsAsync(serve(t, { ...spec, entryScript: 'other.py' }), { message: /other\.py does not exist/ })
  const sourceDirectory = join(spec.root, 'elsewhere')
  await t.throwsAsync(serve(t, { ...spec, sourceDirectory }), {
    message: `The source directory ${sourceDirectory} does not exist.`,
  })
})

test('one model is AZUREML_MODEL_DIR itself, several lie below it', async (t) => {
  const script =
    'import os\ndef init(): pass\ndef run(data): return [os.environ.get("AZUREML_MODEL_DIR"), os.environ["OWN"]]'
  const folder = await scoringFolder(t, script)
  const modelsRoot = join(folder.root, 'models')
  await mkdir(modelsRoot)
  const [a, b] = [
    { name: 'a', version: '1' },
    { name: 'b', version: '2' },
  ]
  const answerWith = async (more: Partial<ScoringServerSpec>) => {
    const { url } = await serve(t, { ...folder, ...more, environmentVariables: { OWN: 'x' } })
    return JSON.parse((await exchange(url, {})).body)
  }
  t.deepEqual(await answerWith({ modelsRoot, models: [a] }), [join(modelsRoot, 'a', '1'), 'x'])
  t.deepEqual(await answerWith({ modelsRoot, models: [a, b] }), [modelsRoot, 'x'])
  t.deepEqual(await answerWith({}), [null, 'x'])
})

test('a scoring server sees nothing of its owner’s environment that could be a secret', async (t) => {
  process.env.AZURE_CLIENT_SECRET = 'hidden'
  process.env.HTTPS_PROXY = 'http://user:password@proxy.example'
  process.env.NO_PROXY = 'localhost'
  const spec = await scoringFolder(t, 'import os\ndef init(): pass\ndef run(data): return dict(os.environ)')
  const { url } = await serve(t, spec)
  const seen: Record<string, string> = JSON.parse((await exchange(url, {})).body)
  t.is(seen.PATH, process.env.PATH)
  t.is(seen.NO_PROXY, 'localhost')
  t.is(seen.AZURE_CLIENT_SECRET, undefined)
  t.is(seen.HTTPS_PROXY, undefined)
})

test('a stopped server finishes the request it works on, then ends with code 0', async (t) => {
  const spec = await scoringFolder(
    t,
    `
import os, time
def init(): pass
def run(path):
    open(path, "w").close()
    while os.path.exists(path): time.sleep(0.005)
    return "done"
`,
  )
  const { url, stop, exited } = await serve(t, spec)
  const busy = join(spec.root, 'busy')
  const answer = exchange(url, { body: busy })
  await until(async () => (await readFile(busy).catch(() => undefined)) !== undefined)
  const stopped = stop()
  await rm(busy)
  t.is((await answer).body, '"done"')
  await stopped
  t.deepEqual(await exited, { code: 0 })
})

test('a server whose script hangs is ended by force', async (t) => {
  const script =
    'import signal\ndef init(): signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1)\ndef run(data):\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    return 1'
  const spec = await scoringFolder(t, script)
  const { url, stop, exited, ready } = await (
    await processRuntime({ python, server: 'stand-in', graceMilliseconds: 200 })
  ).start(spec)
  await ready({ signal: patience() })
  await exchange(url, {})
  await stop()
  t.deepEqual(await exited, { code: null })
})

test('what is printed goes to the log with the request that printed it', async (t) => {
  const spec = await scoringFolder(
    t,
    'import sys\ndef init(): print("starting", 1)\ndef run(data):\n    print("scoring", data)\n    print("aside", file=sys.stderr)\n    return 1',
  )
  const { url } = await serve(t, { ...spec, image: 'example.azurecr.io/scoring:1' })
  await exchange(url, { headers: { 'x-request-id': 'request-7' }, body: 'this' })
  const log = await readFile(spec.logFile, 'utf8')
  t.regex(log, /^The image example\.azurecr\.io\/scoring:1 is not used/)
  t.regex(log, / I \[\d+\] azmlinfsrv\.print - \[0{8}-0{4}-0{4}-0{4}-0{12}\] starting 1\n/)
  t.regex(log, / I \[\d+\] azmlinfsrv\.print - \[request-7\] scoring this\naside\n/)
  t.regex(log, / POST \/score 200 \d+\.\d{3}ms 1\n/)
})

test('run() works on one request at a time, and the health probe is answered meanwhile', async (t) => {
  const spec = await scoringFolder(
    t,
    `
import os, time
inside = 0
def init(): pass
def run(data):
    global inside
    inside += 1
    most = inside
    if data: 
        while not os.path.exists(data): time.sleep(0.002)
    most = max(most, inside)
    inside -= 1
    return most
`,
  )
  const { url } = await serve(t, spec)
  const gate = join(spec.root, 'gate')
  const answers = Array.from({ length: 20 }, () => exchange(url, { body: gate }))
  t.is((await exchange(url, { method: 'GET', path: '/' })).body, 'Healthy')
  await mkdir(gate)
  t.deepEqual(new Set((await Promise.all(answers)).map(({ body }) => body)), new Set(['1']))
})

test('waiting for a server to be ready can be given up', async (t) => {
  const spec = await scoringFolder(t, 'import time\ndef init(): time.sleep(60)\ndef run(data): pass')
  const running = await (await processRuntime({ python, server: 'stand-in' })).start(spec)
  t.teardown(() => running.stop())
  const enough = new Error('That is enough.')
  await t.throwsAsync(running.ready({ signal: abortedBy(enough) }), { is: enough })
})

test('the user’s source folder is left as it is', async (t) => {
  const spec = await scoringFolder(t, 'import beside\ndef init(): pass\ndef run(data): return 1', {
    'code/beside.py': '',
  })
  await serve(t, spec)
  t.deepEqual((await readdir(spec.sourceDirectory)).sort(), ['beside.py', 'score.py'])
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate)
}

/** Aborted a little later. */
function abortedBy(reason: Error): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 50)
  return controller.signal
}
