import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { noFindings, promises } from '../../examples/diabetes/demo/findings.ts'
import { failureReasons, requestFigures, steppedBack } from '../../examples/diabetes/demo/requestFigures.ts'
import type { Exchange } from '../../examples/diabetes/demo/scoringClient.ts'
import { testWith } from '../requirements.ts'
import { bundles, RunningDemo } from './demo/runningDemo.ts'

const line = z.strictObject({
  registered: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  rollouts: z.array(z.strictObject({ from: z.string(), to: z.string(), outcome: z.string() })),
  requests: z.strictObject({ sent: z.number(), failed: z.number() }),
  served: z.string(),
})

function assertAsPromised(t: ExecutionContext, demo: RunningDemo): void {
  t.is(demo.stdout.trimEnd().split('\n').length, 1)
  const { requests, ...shown } = line.parse(JSON.parse(demo.stdout))
  t.deepEqual(shown, {
    registered: ['1', '2', '3'].map((version) => ({ name: 'diabetes', version })),
    rollouts: [
      { from: '1', to: '2', outcome: 'promoted' },
      { from: '2', to: '3', outcome: 'refused' },
    ],
    served: '2',
  })
  t.is(requests.failed, 0)
  t.true(requests.sent > 100)
  t.false(demo.stderr.includes('✘'))
}

function containersOf(demo: RunningDemo): string {
  const filter = `label=azureml-cd.process=${demo.child.pid}`
  return spawnSync('docker', ['ps', '-aq', '--filter', filter], { encoding: 'utf8' }).stdout.trim()
}

test.serial('the demo shows what it promises, stays up with --keep for other shells, and leaves nothing', async (t) => {
  const demo = await RunningDemo.start(t, { args: ['--json', '--keep', '--runtime', 'process'] })
  await demo.tells('stay up until Ctrl+C')
  assertAsPromised(t, demo)
  t.regex(demo.stderr, /Deployments run as processes/)
  t.regex(demo.stderr, /R² of version 1 .*: 0\.247\./)
  t.regex(demo.stderr, /R² of version 2 .*: 0\.358\./)

  const [, environmentFile = ''] = /^ +\. (\S+)$/m.exec(demo.stderr) ?? []
  const script = '. "$0" && exec node "$1" watch --json'
  const watch = spawnSync('sh', ['-c', script, environmentFile, join(bundles, 'azureml-cd.js')], { encoding: 'utf8' })
  t.regex(watch.stdout, /"newest":"3","served":"2","state":"refused"/)

  demo.signalGroup('SIGINT')
  t.is(await demo.ended, 0)
  await demo.assertNothingLeft(t)
})

testWith('docker').serial('with Docker the demo shows the same with services in containers', async (t) => {
  const demo = await RunningDemo.start(t, { args: ['--json'] })
  await demo.tells('$ azureml-cd watch')
  t.not(containersOf(demo), '')
  t.is(await demo.ended, 0)
  assertAsPromised(t, demo)
  t.regex(demo.stderr, /Deployments run in Docker containers/)
  t.is(containersOf(demo), '')
  await demo.assertNothingLeft(t)
})

test.serial('a demo during which requests failed says so and ends with 1', async (t) => {
  const demo = await RunningDemo.start(t, { args: ['--json', '--runtime', 'process'] })
  await demo.tells('A client scores there from now on')
  const servers = (await demo.processes()).filter(({ command }) => command.includes('python'))
  t.is(servers.length, 1)
  for (const { id } of servers) process.kill(id, 'SIGKILL')
  t.is(await demo.ended, 1)
  t.true(line.parse(JSON.parse(demo.stdout)).requests.failed > 0)
  t.regex(demo.stderr, /✘ Not as promised: No request failed/)
  t.regex(demo.stderr, /\d+ × (status 503|status 502|no answer)/)
  await demo.assertNothingLeft(t)
})

for (const [moment, text] of [
  ['at its very start', 'is started on this machine'],
  ['in the middle of an update', '$ azureml-cd update'],
] as const)
  test.serial(`Ctrl+C ${moment} leaves no process and no folder of the demo`, async (t) => {
    const demo = await RunningDemo.start(t, { args: ['--json', '--runtime', 'process'] })
    await demo.tells(text)
    demo.signalGroup('SIGINT')
    t.is(await demo.ended, 130)
    t.is(demo.stdout, '')
    await demo.assertNothingLeft(t)
  })

testWith('docker').serial('Ctrl+C in the middle of an update leaves no container of the demo', async (t) => {
  const demo = await RunningDemo.start(t, { args: ['--json', '--runtime', 'docker'] })
  await demo.tells('$ azureml-cd update')
  t.not(containersOf(demo), '')
  demo.signalGroup('SIGINT')
  t.is(await demo.ended, 130)
  t.is(containersOf(demo), '')
  await demo.assertNothingLeft(t)
})

test.serial('the demo ends when the shell that started it is gone', async (t) => {
  const demo = await RunningDemo.start(t, { args: ['--json', '--runtime', 'process'], underShell: true })
  await demo.tells('$ azureml-cd register')
  demo.child.kill('SIGKILL')
  // Its output ends only with the demo itself.
  await demo.ended
  t.regex(demo.stderr, /The process that started the demo is gone/)
  await demo.assertNothingLeft(t)
})

test.serial('a demo that cannot run says why and ends with 1, and with 2 for options it does not know', async (t) => {
  const missing = await RunningDemo.start(t, { args: ['--json', '--runtime', 'process', '--python', '/no/python'] })
  t.is(await missing.ended, 1)
  t.regex(missing.stderr, /broke off: .*\/no\/python/)
  await missing.assertNothingLeft(t)
  const unknown = await RunningDemo.start(t, { args: ['--runtime', 'podman'] })
  t.is(await unknown.ended, 2)
  t.regex(unknown.stderr, /--runtime must be auto, docker or process \(given: "podman"\)/)
})

const exchange = (found: Partial<Exchange>): Exchange => ({
  ...{ sentAt: 0, receivedAt: 1, deployment: 'blue', version: '1', failure: undefined, ...found },
})

test('nothing is promised to have been so that was not seen', (t) => {
  for (const { text, broken } of promises(noFindings())) t.truthy(broken, text)
})

test('requests are told by deployment, with the time that half, 95 of 100, and all of them took', (t) => {
  const blue = Array.from({ length: 100 }, (_, index) => exchange({ receivedAt: 100 - index }))
  const green = exchange({ deployment: 'green', version: '2', receivedAt: 7 })
  const lost = exchange({ deployment: undefined, version: undefined, failure: 'no answer: ECONNRESET' })
  const [first, second, third] = requestFigures([...blue, green, lost])
  t.like(first, { deployment: 'blue', versions: ['1'], sent: 100, failed: 0 })
  t.like(first, { p50Milliseconds: 50, p95Milliseconds: 95, slowestMilliseconds: 100 })
  t.like(second, { deployment: 'green', versions: ['2'], sent: 1, p50Milliseconds: 7 })
  t.like(third, { deployment: undefined, sent: 1, failed: 1 })
  t.deepEqual(failureReasons([lost, exchange({ failure: 'status 503' }), lost]), [
    '2 × no answer: ECONNRESET',
    '1 × status 503',
  ])
})

test('an answer of an older version counts as going back only when it was asked for after a newer one had answered', (t) => {
  const newer = exchange({ version: '2', sentAt: 10, receivedAt: 12 })
  t.is(steppedBack([newer, exchange({ sentAt: 11, receivedAt: 13 })]), 0)
  t.is(steppedBack([newer, exchange({ sentAt: 13, receivedAt: 14 })]), 1)
})
