import test, { type ExecutionContext } from 'ava'
import { type WakeUp, WakeUpFolder, type WakeUps } from '../../core/trigger/index.ts'
import { type Controller, Worker } from '../../relay/worker.ts'
import { until } from '../emulator/until.ts'
import { gridEvent, post, temporaryFolder, world } from './world.ts'

const wakeUp = (eventId: string): WakeUp => ({
  ...{ workspaceId: '/subscriptions/s', model: eventId, version: '1', source: 'event-grid', eventId },
  receivedAt: '2026-11-27T05:00:00.000Z',
})

/** A controller that keeps what it was woken by, and fails as often as it is told to. */
class Recorder implements Controller {
  readonly models: string[] = []
  readonly #wakeUps: WakeUps
  sweeps = 0
  failures = 0
  /** How often it went on, and when it is to. */
  wentOn = 0
  nextDue: number | undefined

  constructor(wakeUps: WakeUps) {
    this.#wakeUps = wakeUps
  }

  async handleWakeUps(): Promise<number> {
    const taken = await this.#wakeUps.take(10)
    if (this.failures > 0 && taken.length > 0) {
      this.failures -= 1
      throw new Error('The registry does not answer.')
    }
    this.models.push(...taken.map(({ model }) => model))
    await this.#wakeUps.done(taken)
    return taken.length
  }

  async goOn(): Promise<void> {
    this.wentOn += 1
  }

  async sweep(): Promise<void> {
    this.sweeps += 1
  }
}

async function working(
  t: ExecutionContext,
  options: { readonly folder?: string; readonly sweepSeconds?: number } = {},
) {
  const wakeUps = await WakeUpFolder.open(options.folder ?? temporaryFolder(t))
  const controller = new Recorder(wakeUps)
  const lines: string[] = []
  const end = new AbortController()
  const keep = (message: string) => void lines.push(message)
  const worker = new Worker({
    ...{ controller, sweepSeconds: options.sweepSeconds ?? 3600, signal: end.signal },
    log: { debug: keep, info: keep, warning: keep, error: keep },
  })
  const run = () => {
    const running = worker.run()
    t.teardown(async () => {
      end.abort()
      await running
    })
  }
  return { wakeUps, controller, worker, lines, run }
}

test('what an earlier process left is taken first, and the first sweep comes at once', async (t) => {
  const folder = temporaryFolder(t)
  await (await WakeUpFolder.open(folder)).put(wakeUp('left'))
  const { controller, wakeUps, run } = await working(t, { folder })
  run()
  await until(() => controller.sweeps === 1 && controller.models.length > 0)
  t.deepEqual(controller.models, ['left'])
  await until(async () => (await wakeUps.take(10)).length === 0)
})

test('an event that the relay takes is acted on at once', async (t) => {
  const folder = temporaryFolder(t)
  const { controller, wakeUps, worker, run } = await working(t, { folder })
  run()
  await until(() => controller.sweeps === 1)
  const { relay } = await world(t, undefined, { wakeUps, accepted: worker.woken })
  const started = performance.now()
  t.is((await relay.fetch(post('/events', [gridEvent(1)]))).status, 200)
  await until(() => controller.models.length === 1)
  t.true(performance.now() - started < 5000)
})

test('what could not be acted on stays, is tried again, and is told', async (t) => {
  const { controller, wakeUps, worker, lines, run } = await working(t)
  controller.failures = 1
  await wakeUps.put(wakeUp('stays'))
  run()
  await until(() => worker.trouble !== undefined)
  t.deepEqual((await wakeUps.take(10)).length, 1)
  await until(() => controller.models.length === 1)
  await until(() => worker.trouble === undefined)
  t.deepEqual(controller.models, ['stays'])
  t.regex(lines.join('\n'), /registry does not answer/)
})

test('sweeps come by the clock', async (t) => {
  const { controller, run } = await working(t, { sweepSeconds: 0.05 })
  run()
  await until(() => controller.sweeps >= 3)
  t.deepEqual(controller.models, [])
})

test('what is under way is gone on with when it is due', async (t) => {
  const { controller, run } = await working(t)
  controller.nextDue = 20
  run()
  await until(() => controller.wentOn >= 8, 3)
  t.is(controller.sweeps, 1)
})
