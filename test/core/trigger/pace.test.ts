import test from 'ava'
import fc from 'fast-check'
import type { QuietHours } from '../../../core/config/quietHours.ts'
import { quietUntil } from '../../../core/trigger/quietTimes.ts'
import { startedTag } from '../../../core/trigger/runs.ts'
import { hour, minute, trial } from './trial.ts'

const everyDay = [0, 1, 2, 3, 4, 5, 6]
const at = (time: string) => Date.parse(`${time}:00Z`)

test('quiet hours end when they say, past midnight, on their days and by their own clock', (t) => {
  const night: QuietHours = { fromMinute: 22 * 60, toMinute: 6 * 60, days: everyDay, timeZone: 'UTC' }
  t.is(quietUntil([night], at('2026-11-27T23:00')), 7 * hour)
  t.is(quietUntil([night], at('2026-11-28T05:59')), minute)
  t.is(quietUntil([night], at('2026-11-28T06:00')), 0)
  t.is(quietUntil([night], at('2026-11-27T21:59')), 0)
  // 27 November 2026 is a Friday: the quiet that begins on it lasts into Saturday, and none begins on Saturday.
  const friday = { ...night, days: [5] }
  t.is(quietUntil([friday], at('2026-11-28T01:00')), 5 * hour)
  t.is(quietUntil([friday], at('2026-11-28T23:00')), 0)
  // 22:00 in Berlin is 21:00 UTC in winter and 20:00 in summer.
  const berlin = { ...night, timeZone: 'Europe/Berlin' }
  t.is(quietUntil([berlin], at('2026-11-27T21:00')), 8 * hour)
  t.is(quietUntil([berlin], at('2026-07-01T20:00')), 8 * hour)
  t.is(quietUntil([berlin], at('2026-07-01T19:59')), 0)
  // One window after another is one quiet.
  const morning = { ...night, fromMinute: 6 * 60, toMinute: 8 * 60 }
  t.is(quietUntil([morning, night], at('2026-11-27T22:00')), 10 * hour)
  t.is(quietUntil([], at('2026-11-27T22:00')), 0)
})

test('quiet lasts for as many minutes as each of them is quiet', (t) => {
  const window = fc.record({
    fromMinute: fc.nat(1439),
    toMinute: fc.nat(1440),
    days: fc.uniqueArray(fc.nat(6), { minLength: 1 }),
    timeZone: fc.constantFrom('UTC', 'Asia/Kolkata'),
  })
  fc.assert(
    fc.property(fc.array(window, { maxLength: 2 }), fc.nat(7 * 1440), (windows, offset) => {
      const now = at('2026-11-27T00:00') + offset * minute
      const quiet = quietUntil(windows, now) / minute
      if (quiet > 1440) return
      for (let passed = 0; passed < quiet; passed += 30) t.true(quietUntil(windows, now + passed * minute) > 0)
      t.is(quietUntil(windows, now + quiet * minute), 0)
    }),
    { numRuns: 60 },
  )
})

test('in quiet hours nothing is started, and at their end only the newest of what came meanwhile', async (t) => {
  const quietHours = [{ fromMinute: 0, toMinute: 120, days: everyDay, timeZone: 'UTC' }]
  const { time, registry, starts } = trial(t, { quietHours })
  for (const moment of [10 * minute, hour]) time.at(moment, () => void registry.register('risk', {}))
  await time.runUntil(2 * hour - 1)
  t.deepEqual(starts(), [])
  await time.runUntil(2 * hour + minute)
  t.like(starts(), [{ version: '2' }])
  t.is(starts().length, 1)
})

test('a debounce waits until nothing newer came for so long, and starts the last', async (t) => {
  const { time, registry, starts } = trial(t, { debounceSeconds: 120 })
  for (let version = 1; version <= 5; version += 1) time.at(version * 30_000, () => void registry.register('risk', {}))
  await time.runUntil(270_000 - 1)
  t.deepEqual(starts(), [])
  await time.runUntil(hour)
  t.deepEqual(
    starts().map(({ version }) => version),
    ['5'],
  )
  t.true((starts()[0]?.at ?? 0) < 270_000 + 30_000)
})

test('of the pipelines of one service only so many run at a time, and the next starts when one has ended', async (t) => {
  const { time, registry, starts, finish } = trial(t, { service: 'scoring', concurrency: 2 })
  const models = ['a', 'b', 'c', 'd']
  time.at(minute, () => {
    for (const model of models) registry.register(model, {})
  })
  await time.runUntil(20 * minute)
  const first = starts().map(({ model }) => model)
  t.is(first.length, 2)
  finish(first[0] ?? '', 'succeeded')
  await time.runUntil(40 * minute)
  t.is(starts().length, 3)
  t.is(new Set(starts().map(({ model }) => model)).size, 3)
  for (const { model } of starts()) finish(model, 'failed')
  await time.runUntil(hour)
  t.deepEqual(
    starts()
      .map(({ model }) => model)
      .toSorted(),
    models,
  )
})

test('a version tells what it started and how that ended, and is not started again for it', async (t) => {
  const { time, registry, starts, finish, rule, ledger } = trial(t, { tags: { stage: 'ready' } })
  for (const model of ['good', 'bad']) registry.register(model, { stage: 'ready' })
  registry.register('plain', { stage: 'draft' })
  const tag = (model: string) =>
    registry.models.get(model)?.[0]?.tags[startedTag({ rule: rule.name, destination: 'ship' })]
  await time.runUntil(2 * minute)
  t.is(tag('good'), `started 2026-11-27T00:00:00.000Z ship-0`)
  finish('good', 'succeeded')
  finish('bad', 'failed')
  await time.runUntil(4 * hour)
  t.regex(tag('good') ?? '', /^succeeded 2026-11-27T00:00:00.000Z ship-0$/)
  t.regex(tag('bad') ?? '', /^failed /)
  t.is(tag('plain'), undefined)
  t.is(registry.models.get('good')?.[0]?.tags.stage, 'ready')
  t.is(starts().length, 2)
  // One write when it is started and one when it has ended.
  t.is(registry.tagWrites, 4)
  const ends: string[] = []
  for await (const { kind, model, text } of ledger.history()) if (kind === 'ended') ends.push(`${model} ${text}`)
  t.deepEqual(ends.toSorted(), ['bad failed', 'good succeeded'])
})
