import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { identityOf, isRunning } from '../../../core/runtime/processIdentity.ts'
import { until } from '../../emulator/until.ts'
import { python, testWith } from '../../requirements.ts'
import { serviceFolder } from '../image/packageCommand.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { exchange } from '../runtime/exchange.ts'
import { load } from './load.ts'

let product: WorkspaceUnderTest

test.before(async () => {
  product = await WorkspaceUnderTest.start()
  const folder = await product.folder()
  for (const [version, text] of Object.entries({ 1: 'one', 2: 'two', 3: 'broken', 4: 'slow' })) {
    await writeFile(join(folder, 'model.txt'), text)
    await product.done(['register', '--name', 'm', '--version', version, '--path', join(folder, 'model.txt')])
  }
})

test.after.always(async () => {
  await product?.close()
})

const script = `
import os, time
def init():
    global text
    folder = os.environ["AZUREML_MODEL_DIR"]
    text = open(os.path.join(folder, "model.txt")).read()
    print("the model says", text, flush=True)
    if text == "slow": time.sleep(600)
def run(data):
    if text == "broken": raise ValueError("broken")
    return [text, os.environ["GREETING"], "HIDDEN" in os.environ]
`

const recordSchema = z.looseObject({
  serving: z
    .looseObject({ process: z.object({ pid: z.number(), started: z.string() }), folder: z.string() })
    .nullable(),
  front: z.looseObject({ pid: z.number(), started: z.string(), port: z.number() }).nullable(),
  leftovers: z.array(z.object({ pid: z.number(), started: z.string() })),
})

/** One user's services on a machine without Docker. */
class Machine {
  readonly home: string
  readonly environment: Readonly<Record<string, string>>

  private constructor(home: string) {
    this.home = home
    this.environment = { HOME: home, DOCKER_HOST: `unix://${home}/no-engine`, HIDDEN: 'secret' }
  }

  static async create(t: ExecutionContext): Promise<Machine> {
    const machine = new Machine(await product.folder())
    t.teardown(async () => {
      for (const name of await machine.services()) await machine.cli(['remove', ...target(name), '--force'])
    })
    return machine
  }

  async services(): Promise<readonly string[]> {
    const folder = await this.folder('services')
    return existsSync(folder) ? readdir(folder) : []
  }

  async folder(...parts: readonly string[]): Promise<string> {
    const root = join(this.home, '.azureml-cd/local')
    const [machine = ''] = existsSync(root) ? await readdir(root) : []
    return join(root, machine, ...parts)
  }

  async record(service: string) {
    const file = join(await this.folder('services', service), 'record.json')
    return existsSync(file) ? recordSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : undefined
  }

  async change(service: string, change: (record: z.output<typeof recordSchema>) => unknown): Promise<void> {
    const record = await this.record(service)
    if (!record) throw new Error(`There is no record of ${service}.`)
    await writeFile(join(await this.folder('services', service), 'record.json'), JSON.stringify(change(record)))
  }

  cli(args: readonly string[]) {
    return product.cli(args, { environment: this.environment })
  }

  done(args: readonly string[]) {
    return product.done(args, { environment: this.environment })
  }

  run(args: readonly string[]) {
    return product.run(args, { environment: this.environment })
  }
}

const target = (service: string) => ['--service', service, '--target', 'local']

async function files(more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = await serviceFolder(product, {
    files: {
      'code/score.py': script,
      'deploymentconfig.json': '{"computeType": "local", "environmentVariables": {"GREETING": "hello"}}',
      'requests.json': '{"requests": [{"name": "any", "body": 1}]}',
      ...more,
    },
    configuration: { entryScript: 'score.py', sourceDirectory: 'code' },
  })
  return [
    ...['--inference-config', join(folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(folder, 'deploymentconfig.json')],
    ...['--requests', join(folder, 'requests.json')],
  ]
}

const origin = (outputs: Readonly<Record<string, unknown>>) => new URL(String(outputs.scoringUri)).origin

async function said(url: string): Promise<string> {
  return (await exchange(url, { body: '1' })).body
}

/** A process that has nothing to do with any service. */
function bystander(t: ExecutionContext): ChildProcess {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

test('a service is deployed as a process where no engine answers, updated without a failed request, and removed', async (t) => {
  const machine = await Machine.create(t)
  const given = await files()
  const deploy = ['deploy', ...target('whole'), '--model', 'm:1', ...given]
  const dry = await machine.done([...deploy, '--dry-run'])
  t.is(dry.outputs.state, 'planned')
  t.regex(dry.stderr, /Would deploy m:1 as "whole" as a process: No Docker engine answers on this machine\./)
  t.deepEqual(await machine.services(), [])
  const first = await machine.done(deploy)
  t.is(first.outputs.state, 'Succeeded')
  t.regex(first.stderr, /It runs as a process of Python 3/)
  const url = origin(first.outputs)
  t.is(await said(url), '["one", "hello", false]')
  t.is((await exchange(url, { method: 'GET', path: '/swagger.json' })).status, 200)
  const again = await machine.done(deploy)
  t.is(again.outputs.changed, false)

  const before = await machine.record('whole')
  t.is((await stat(join(await machine.folder('services', 'whole'), 'record.json'))).mode & 0o777, 0o600)
  t.is((await stat(await machine.folder())).mode & 0o777, 0o700)

  const under = load(url)
  const update = await machine.done(['update', ...target('whole'), '--model', 'm:2', ...given.slice(4)])
  const { failures, answers, longestGap } = await under.stop()
  t.is(update.outputs.outcome, 'promoted')
  t.deepEqual(failures, [])
  t.deepEqual([...answers.keys()].sort(), ['["one", "hello", false]', '["two", "hello", false]'])
  t.true(longestGap < 1000, `${longestGap} ms`)
  t.log(`longest gap ${longestGap.toFixed(0)} ms`)
  t.is(await said(url), '["two", "hello", false]')
  const after = await machine.record('whole')
  t.deepEqual(after?.leftovers, [])
  t.false(isRunning(before?.serving?.process ?? { pid: 0, started: '' }))
  t.deepEqual(await readdir(join(await machine.folder('services', 'whole'), 'versions')), [after?.serving?.folder])

  const show = await machine.done(['show', ...target('whole')])
  t.like(show.outputs, { state: 'Succeeded', models: ['m:2'], authentication: 'none', scoringUri: `${url}/score` })
  const logs = await machine.done(['logs', ...target('whole')])
  t.regex(logs.stderr, /the model says two/)
  t.is((await machine.done(['test', ...target('whole'), ...given.slice(4)])).outputs.passed, 1)
  t.is((await machine.cli(['keys', ...target('whole'), '--regenerate', 'primary'])).code, 2)

  const refused = await machine.cli(['remove', ...target('whole')])
  t.is(refused.code, 1)
  t.is((await machine.done(['remove', ...target('whole'), '--force'])).outputs.changed, true)
  for (const one of [after?.serving?.process, after?.front]) t.false(isRunning(one ?? { pid: 0, started: '' }))
  await t.throwsAsync(said(url), { message: /ECONNREFUSED/ })
  t.deepEqual(await machine.services(), [])
  t.is((await machine.done(['remove', ...target('whole'), '--force'])).outputs.changed, false)
})

testWith('azureml-inference-server-http')(
  'Microsoft’s own server serves where the Python has it, and a version takes over from it under load',
  async (t) => {
    const machine = await Machine.create(t)
    const config = { runtime: 'process', python, environmentVariables: { GREETING: 'hello' } }
    const given = await files({ 'deploymentconfig.json': JSON.stringify(config) })
    const first = await machine.done(['deploy', ...target('original'), '--model', 'm:1', ...given])
    t.notRegex(first.stderr, /stand-in/)
    const url = origin(first.outputs)
    const under = load(url)
    await machine.done(['update', ...target('original'), '--model', 'm:2'])
    const { failures, answers, longestGap } = await under.stop()
    t.deepEqual(failures, [])
    t.deepEqual([...answers.keys()].sort(), ['["one", "hello", false]', '["two", "hello", false]'])
    t.true(longestGap < 1000, `${longestGap} ms`)
    t.log(`longest gap ${longestGap.toFixed(0)} ms`)
    t.regex((await exchange(url, { method: 'GET', path: '/' })).headers.server ?? '', /azml|gunicorn/i)
  },
)

test('only this machine reaches the service', async (t) => {
  const machine = await Machine.create(t)
  await machine.done(['deploy', ...target('alone'), '--model', 'm:1', ...(await files())])
  const record = await machine.record('alone')
  for (const pid of [record?.front?.pid, record?.serving?.process.pid]) {
    const listening = await listeningAddresses(pid ?? 0)
    t.deepEqual([...new Set(listening)], ['127.0.0.1'])
  }
})

/** Addresses that a process listens on, of IPv4 and IPv6. */
async function listeningAddresses(pid: number): Promise<readonly string[]> {
  const sockets = new Set<string>()
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const link = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')
    const [, inode] = /^socket:\[(\d+)\]$/.exec(link) ?? []
    if (inode !== undefined) sockets.add(inode)
  }
  const found: string[] = []
  for (const file of ['tcp', 'tcp6'])
    for (const line of (await readFile(`/proc/${pid}/net/${file}`, 'utf8')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state !== '0A' || !sockets.has(inode)) continue
      const [hex = ''] = local.split(':')
      found.push(
        hex.length > 8
          ? hex
          : (hex.match(/../g) ?? [])
              .reverse()
              .map((byte) => Number.parseInt(byte, 16))
              .join('.'),
      )
    }
  return found
}

test('a version that fails is refused with its log, and what served serves on', async (t) => {
  const machine = await Machine.create(t)
  const given = await files()
  const first = await machine.done(['deploy', ...target('refused'), '--model', 'm:1', ...given])
  const url = origin(first.outputs)
  const under = load(url)
  const wrong = await machine.cli(['deploy', ...target('refused'), '--model', 'm:3', ...given])
  t.is(wrong.code, 3)
  t.regex(wrong.stderr, /did not pass the test request "any": .*500.* v1-[0-9a-f]{8} serves as before/)
  const dead = await files({ 'code/score.py': 'import no_such_package\ndef init(): pass\ndef run(data): pass\n' })
  const ended = await machine.cli(['deploy', ...target('refused'), '--model', 'm:1', ...dead])
  t.is(ended.code, 3)
  t.regex(ended.stderr, /before it was ready: ModuleNotFoundError: No module named 'no_such_package' v1-\w+ serves/)
  t.regex(ended.stderr, /Traceback/)
  const late = await machine.cli(['update', ...target('refused'), '--model', 'm:4', '--timeout-seconds', '10'])
  t.is(late.code, 3)
  t.regex(late.stderr, /was not ready after 10 s\. v1-\w+ serves as before/)
  const { failures, answers } = await under.stop()
  t.deepEqual(failures, [])
  t.deepEqual([...answers.keys()], ['["one", "hello", false]'])
  const record = await machine.record('refused')
  t.deepEqual(record?.leftovers, [])
  t.is((await readdir(join(await machine.folder('services', 'refused'), 'versions'))).length, 1)

  const never = await machine.cli(['deploy', ...target('never'), '--model', 'm:3', ...given])
  t.is(never.code, 3)
  t.deepEqual(await machine.services(), ['refused'])
})

test('a run that is killed while it proves a version leaves nothing behind, and what served serves', async (t) => {
  const machine = await Machine.create(t)
  const given = await files()
  const { outputs } = await machine.done(['deploy', ...target('killed'), '--model', 'm:1', ...given])
  const url = origin(outputs)
  const run = await machine.run(['update', ...target('killed'), '--model', 'm:4'])
  await until(async () => ((await machine.record('killed'))?.leftovers.length ?? 0) > 0)
  const [candidate] = (await machine.record('killed'))?.leftovers ?? []
  run.child.kill('SIGKILL')
  await run.ended
  // It has lost its lifeline.
  await until(() => !isRunning(candidate ?? { pid: process.pid, started: '' }))
  t.is(await said(url), '["one", "hello", false]')
  t.is((await machine.done(['update', ...target('killed'), '--model', 'm:2'])).outputs.outcome, 'promoted')
  t.is(await said(url), '["two", "hello", false]')
  t.deepEqual((await machine.record('killed'))?.leftovers, [])
})

test('what a killed run has written down is ended by the next one, and who only has its number is left alone', async (t) => {
  const machine = await Machine.create(t)
  const given = await files()
  const deploy = ['deploy', ...target('stale'), '--model', 'm:1', ...given]
  const { outputs } = await machine.done(deploy)
  const left = bystander(t)
  const other = bystander(t)
  const identity = identityOf(left.pid ?? 0)
  if (!identity || other.pid === undefined) return t.fail()
  const reused = { pid: other.pid, started: '1' }
  await machine.change('stale', (record) => ({ ...record, leftovers: [identity, reused] }))
  await mkdir(join(await machine.folder('services', 'stale'), 'versions', 'v9-left'))
  t.is((await machine.done(deploy)).outputs.changed, false)
  t.false(isRunning(identity))
  t.true(identityOf(other.pid) !== undefined)
  t.is((await readdir(join(await machine.folder('services', 'stale'), 'versions'))).length, 1)

  // The server's number belongs to somebody else now.
  const server = (await machine.record('stale'))?.serving?.process
  await machine.change('stale', (record) => ({ ...record, serving: { ...record.serving, process: reused } }))
  process.kill(server?.pid ?? 0, 'SIGKILL')
  t.is((await machine.done(['show', ...target('stale')])).outputs.state, 'stopped')
  const repaired = await machine.done(deploy)
  t.like(repaired.outputs, { changed: true, state: 'Succeeded', scoringUri: outputs.scoringUri })
  t.is(await said(origin(outputs)), '["one", "hello", false]')
  t.true(identityOf(other.pid) !== undefined)

  // So does the front's.
  const front = (await machine.record('stale'))?.front
  process.kill(front?.pid ?? 0, 'SIGKILL')
  await until(() => front !== undefined && front !== null && !isRunning(front))
  t.like((await machine.done(deploy)).outputs, { changed: true, scoringUri: outputs.scoringUri })
  t.is(await said(origin(outputs)), '["one", "hello", false]')
})

test('two runs on one service wait for each other, and a killed one keeps nobody out', async (t) => {
  const machine = await Machine.create(t)
  const given = await files()
  const [one, two] = await Promise.all(
    ['m:1', 'm:2'].map((model) => machine.cli(['deploy', ...target('rivals'), '--model', model, ...given])),
  )
  t.deepEqual([one?.code, two?.code], [0, 0])
  t.is(one?.outputs.scoringUri, two?.outputs.scoringUri)
  const { models } = (await machine.done(['show', ...target('rivals')])).outputs
  t.is(
    await said(origin(one?.outputs ?? {})),
    String(models) === 'm:1' ? '["one", "hello", false]' : '["two", "hello", false]',
  )

  const slow = await machine.run(['update', ...target('rivals'), '--model', 'm:4'])
  await until(async () => ((await machine.record('rivals'))?.leftovers.length ?? 0) > 0)
  // It must not be done before the late one has looked.
  slow.child.kill('SIGSTOP')
  const late = await machine.cli(['update', ...target('rivals'), '--model', 'm:2', '--wait-seconds', '1'])
  t.is(late.code, 1)
  t.regex(late.stderr, /Another run is working on the service "rivals" of this machine and was not done after 1 s\./)
  slow.child.kill('SIGKILL')
  await slow.ended
  t.is((await machine.cli(['update', ...target('rivals'), '--model', 'm:2', '--wait-seconds', '5'])).code, 0)
})

test('a port that another program has is told, and nothing is left behind', async (t) => {
  const machine = await Machine.create(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const given = await files({
    'deploymentconfig.json': JSON.stringify({ port, environmentVariables: { GREETING: 'x' } }),
  })
  const { code, stderr } = await machine.cli(['deploy', ...target('port'), '--model', 'm:1', ...given])
  t.is(code, 1)
  t.true(stderr.includes(`The port ${port} of this machine is taken by another program`), stderr)
  t.deepEqual(await machine.services(), [])
})

test('what is asked for is taken or refused: a runtime, an interpreter', async (t) => {
  const machine = await Machine.create(t)
  const docker = await files({ 'deploymentconfig.json': '{"runtime": "docker"}' })
  const absent = await machine.cli(['deploy', ...target('asked'), '--model', 'm:1', ...docker])
  t.is(absent.code, 1)
  t.regex(absent.stderr, /No Docker engine answers on this machine/)
  const none = await files({ 'deploymentconfig.json': '{"runtime": "process", "python": "./no-python"}' })
  const missing = await machine.cli(['deploy', ...target('asked'), '--model', 'm:1', ...none])
  t.regex(missing.stderr, /The Python ".*\/no-python" cannot be run on this machine/)
  t.deepEqual(await machine.services(), [])
  const wanted = await files({
    'deploymentconfig.json': '{"runtime": "process", "environmentVariables": {"GREETING": "x"}}',
  })
  const { stderr } = await machine.done(['deploy', ...target('asked'), '--model', 'm:1', ...wanted])
  t.regex(stderr, /as a process: as the deployment configuration says\./)
  const moved = await machine.cli(['deploy', ...target('asked'), '--model', 'm:1', ...docker])
  t.is(moved.code, 2)
  t.regex(moved.stderr, /"asked" runs as a process, and the deployment configuration's runtime is "docker"/)
})
