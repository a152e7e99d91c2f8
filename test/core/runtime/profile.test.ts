import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import { runLoad } from '../../../core/runtime/profile/load.ts'
import { memoryFor, recommendedCpu } from '../../../core/runtime/profile/recommendation.ts'
import { loadFigures, percentile } from '../../../core/runtime/profile/statistics.ts'
import { testWith } from '../../requirements.ts'
import { type BaseImage, baseImage, removeImages } from '../image/baseImage.ts'
import { ownBase, packaged, serviceFolder } from '../image/packageCommand.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'

const never = new AbortController().signal

const samples = (milliseconds: number, count: number, wrong = 0) =>
  Array.from({ length: count }, (_, index) => ({ milliseconds, succeeded: index >= wrong }))

test('percentiles are values that were measured', (t) => {
  const thousand = Array.from({ length: 1000 }, (_, index) => index + 1)
  t.deepEqual(
    [50, 90, 99, 99.9, 100].map((percent) => percentile(thousand, percent)),
    [500, 900, 990, 999, 1000],
  )
  t.is(percentile([7], 99.9), 7)
  t.is(percentile([], 50), 0)
  const figures = loadFigures([...samples(10, 3), ...samples(30, 1, 1)], 2)
  t.like(figures, { totalQueries: 4, successQueries: 3, successRate: 75, averageLatencyInMs: 15 })
  t.is(figures.measuredQueriesPerSecond, 1.5)
})

test('the smallest step that reaches the goal is recommended, and a wrong answer reaches none', (t) => {
  const step = (cpu: number, count: number, milliseconds: number, wrong = 0) => ({
    cpu,
    figures: loadFigures(samples(milliseconds, count, wrong), 1),
  })
  const steps = [step(2, 50, 20), step(0.5, 25, 40), step(1, 49, 21)]
  const nothing = { requestsPerSecond: undefined, latencyMilliseconds: undefined }
  t.is(recommendedCpu(steps, nothing), 1)
  t.is(recommendedCpu(steps, { ...nothing, requestsPerSecond: 25 }), 0.5)
  t.is(recommendedCpu(steps, { ...nothing, requestsPerSecond: 25, latencyMilliseconds: 20 }), 2)
  t.is(recommendedCpu(steps, { ...nothing, requestsPerSecond: 25, latencyMilliseconds: 19 }), undefined)
  t.is(recommendedCpu(steps, { ...nothing, requestsPerSecond: 60 }), undefined)
  t.is(recommendedCpu([step(1, 50, 20, 1)], nothing), undefined)
  t.is(recommendedCpu([], nothing), undefined)
  t.is(memoryFor(0.41, [2, 0.5, 1]), 1)
  t.is(memoryFor(0.39, [2, 0.5, 1]), 0.5)
  t.is(memoryFor(9, [2, 0.5, 1]), 2)
})

test('a load at a pace counts latency from when each request was due', async (t) => {
  let busy = Promise.resolve()
  const server = createServer((_, response) => {
    // One at a time and 40 ms each: at 50 a second the queue grows.
    busy = busy.then(() => new Promise((resolve) => setTimeout(() => resolve(response.end('1') && undefined), 40)))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const request = { method: 'POST', path: '/score', headers: {}, body: '1', isRight: () => true } as const
  const load = { url, requests: [request], seconds: 1, concurrency: 1, signal: never }
  const paced = await runLoad({ ...load, requestsPerSecond: 50 })
  t.is(paced.samples.length, 50)
  t.true((paced.samples.at(-1)?.milliseconds ?? 0) > 500)
  // 40 ms each, however late the first answer is.
  const rate = paced.samples.length / paced.seconds
  t.true(rate > 15 && rate < 25.5, String(rate))
  const calm = await runLoad({ ...load, requestsPerSecond: undefined })
  t.true(calm.samples.length > 10 && calm.samples.length <= 26, String(calm.samples.length))
})

const testProfile = testWith('docker with azureml-inference-server-http')

let base: BaseImage | undefined
let product: WorkspaceUnderTest | undefined
const image = 'azureml-cd/test-profile:1'

testProfile.after.always(async () => {
  await product?.close()
  await removeImages(image)
  await base?.remove()
})

testProfile('a script whose cost is known is recommended what it needs, in a file that deploy reads', async (t) => {
  base = await baseImage({ server: true })
  product = await WorkspaceUnderTest.start()
  const script = `
import time
def init():
    global kept
    kept = bytearray(150 * 2**20)
    for at in range(0, len(kept), 4096): kept[at] = 1
def run(data):
    end = time.process_time() + 0.025
    while time.process_time() < end: pass
    return "done"
`
  const folder = await serviceFolder(product, {
    files: {
      'code/score.py': script,
      'requests.json': '{"requests": [{"body": 1, "expect": {"json": [{"path": "$", "equals": "done"}]}}]}',
      'deploymentconfig.json':
        '{"computeType": "ACI", "authEnabled": true, "containerResourceRequirements": {"cpu": 4, "memoryInGB": 9}}',
    },
    configuration: { ...{ entryScript: 'score.py', sourceDirectory: 'code' }, environment: ownBase(base.name) },
  })
  await packaged(product, folder, image)
  const out = join(folder, 'out')
  // 12 requests of 25 ms are 0.3 of a CPU.
  const { outputs } = await product.done([
    ...['profile', '--image', image, '--requests', join(folder, 'requests.json'), '--folder', out],
    ...['--cpus', '0.1,0.2,0.4,0.8', '--memories', '0.125,0.25,0.5,1', '--requests-per-second', '12'],
    ...['--seconds-per-step', '5', '--deployment-config', join(folder, 'deploymentconfig.json')],
  ])
  // Within one step of the right answers, 0.4 and 0.5: this machine does other things at the same time.
  t.true([0.2, 0.4, 0.8].includes(Number(outputs.recommendedCpu)), String(outputs.recommendedCpu))
  t.true([0.25, 0.5, 1].includes(Number(outputs.recommendedMemory)), String(outputs.recommendedMemory))
  const result: unknown = JSON.parse(await readFile(String(outputs.result), 'utf8'))
  t.like(result, { state: 'Succeeded', requestedQueriesPerSecond: 12, requestedCpu: 0.8, successRate: 100 })
  t.deepEqual(JSON.parse(await readFile(String(outputs.deploymentConfig), 'utf8')), {
    ...{ computeType: 'ACI', authEnabled: true },
    containerResourceRequirements: { cpu: outputs.recommendedCpu, memoryInGB: outputs.recommendedMemory },
  })
  t.regex(await readFile(join(out, 'profile.svg'), 'utf8'), /^<svg [\s\S]*<polyline [\s\S]*<\/svg>\n$/)
})
