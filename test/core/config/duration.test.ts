import test from 'ava'
import fc from 'fast-check'
import { durationMilliseconds, isoDuration } from '../../../core/config/duration.ts'

test('durations are written as Azure writes them', (t) => {
  t.deepEqual([0, 500, 1, 5000, 60_000, 90_000, 310_000, 3_600_000, 86_400_000, 93_600_500].map(isoDuration), [
    'PT0S',
    'PT0.5S',
    'PT0.001S',
    'PT5S',
    'PT1M',
    'PT1M30S',
    'PT5M10S',
    'PT1H',
    'P1D',
    'P1DT2H0.5S',
  ])
})

test('any number of milliseconds comes back from its duration', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: 0, max: 400_000_000 }), fc.maxSafeNat()), (milliseconds) => {
      t.is(durationMilliseconds(isoDuration(milliseconds)), milliseconds)
    }),
  )
})

test('what is no duration is neither read nor written', (t) => {
  for (const text of ['', 'P', 'PT', 'P1DT', '5S', 'PT5', 'P1Y', 'PT-5S', 'PT5.S'])
    t.is(durationMilliseconds(text), undefined, text)
  for (const milliseconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => isoDuration(milliseconds), { instanceOf: RangeError })
})
