import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { parseDeploymentConfig } from '../../core/config/deploymentConfig.ts'
import { parseInferenceConfig } from '../../core/config/inferenceConfig.ts'
import { parseRequests } from '../../core/config/requests.ts'
import { firstDifference } from '../../core/rollout/expectations.ts'
import { processRuntime } from '../../core/runtime/process.ts'
import { python } from '../requirements.ts'

const folder = resolve('examples/diabetes')
const heldOut = z.object({ data: z.array(z.array(z.number())), target: z.array(z.number()) })
const answer = z.object({ result: z.array(z.number()), model: z.object({ name: z.string(), version: z.string() }) })

const source = async (file: string) => ({ file, text: await readFile(join(folder, file), 'utf8') })

/** Serves a version of the example's model as a deployment would, and answers with how to score. */
async function serve(t: ExecutionContext, version: 1 | 2 | 3): Promise<(body: string) => Promise<Response>> {
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-diabetes-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  await mkdir(join(root, 'diabetes'))
  await symlink(join(folder, 'models', `v${version}`), join(root, 'diabetes', String(version)))
  const { config } = parseInferenceConfig(await source('inferenceconfig.json'))
  const running = await (await processRuntime({ python, server: 'stand-in' })).start({
    name: 'diabetes',
    sourceDirectory: join(folder, config.sourceDirectory ?? ''),
    entryScript: config.entryScript,
    modelsRoot: root,
    models: [{ name: 'diabetes', version: String(version) }],
    environmentVariables: {},
    logFile: join(root, 'server.log'),
  })
  t.teardown(() => running.stop())
  await running.ready({ signal: AbortSignal.timeout(60_000) })
  return (body) => fetch(`${running.url}/score`, { method: 'POST', body })
}

for (const [version, claimed] of [
  [1, 0.247],
  [2, 0.358],
  [3, -193.8],
] as const)
  test(`version ${version} of the diabetes model measures what its README claims`, async (t) => {
    const score = await serve(t, version)
    const { data, target } = heldOut.parse(JSON.parse(await readFile(join(folder, 'heldout.json'), 'utf8')))
    const { result, model } = answer.parse(await (await score(JSON.stringify({ data }))).json())
    t.deepEqual(model, { name: 'diabetes', version: String(version) })
    const mean = target.reduce((sum, value) => sum + value) / target.length
    const squares = (estimate: (row: number) => number) =>
      target.reduce((sum, value, row) => sum + (value - estimate(row)) ** 2, 0)
    const r2 = 1 - squares((row) => result[row] ?? Number.NaN) / squares(() => mean)
    t.is(Number(r2.toPrecision(version === 3 ? 4 : 3)), claimed)
    const readme = await readFile(join(folder, 'README.md'), 'utf8')
    t.true(readme.includes(String(claimed).replace('-', '−')))
  })

test('the smoke test passes with versions 1 and 2 of the diabetes model, and every request of it refuses version 3', async (t) => {
  const { requests } = parseRequests(await source('smoke.json'))
  t.is(requests.length, 2)
  for (const version of [1, 2, 3] as const) {
    const score = await serve(t, version)
    for (const { name, body, expect } of requests) {
      const response = await score(body.kind === 'json' ? body.text : '')
      const received = { status: response.status, body: await response.text(), milliseconds: 1 }
      const difference = firstDifference(expect, received)
      if (version === 3) t.regex(difference ?? '', /result\[0\]/, name)
      else t.is(difference, undefined, name)
    }
  }
})

test('a body that the diabetes model cannot score is refused with the reason', async (t) => {
  const score = await serve(t, 2)
  const row = [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
  for (const [body, reason] of [
    ['no', /not JSON/],
    ['[]', /must be a JSON object with "data"/],
    ['{"data": []}', /at least one row/],
    [JSON.stringify({ data: [row, row.slice(1)] }), /Row 1 must be a list of 10 numbers: age, sex/],
    [JSON.stringify({ data: [[...row.slice(1), 'x']] }), /Row 0: s6 must be a finite number, not "x"/],
    ['{"data": [[NaN, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}', /age must be a finite number/],
  ] as const) {
    const response = await score(body)
    t.is(response.status, 400, body)
    t.regex(z.object({ message: z.string() }).parse(await response.json()).message, reason)
  }
})

test('the diabetes example’s files say how it is served, without a warning', async (t) => {
  const inference = parseInferenceConfig(await source('inferenceconfig.json'))
  const deployment = parseDeploymentConfig(await source('deploymentconfig.json'))
  t.deepEqual([...inference.warnings, ...deployment.warnings], [])
  t.is(inference.config.entryScript, 'score.py')
  t.is(deployment.config.instanceCount, 1)
})
