import test from 'ava'
import fc from 'fast-check'
import { latencyQuantile, latencyStep, latencySteps } from '../../emulator/serving/latencyScale.ts'
import { RequestFigures, windowSeconds } from '../../emulator/serving/requestFigures.ts'

/** Figures at a time that the test moves. */
function figuresAt(): { readonly figures: RequestFigures; readonly at: (seconds: number) => void } {
  let now = 0
  return {
    figures: new RequestFigures(() => now),
    at: (seconds) => {
      now = seconds * 1000
    },
  }
}

test('requests are counted in the second in which they end, and shown once it is over', (t) => {
  const { figures, at } = figuresAt()
  at(1000)
  for (let number = 0; number < 40; number += 1) figures.count('churn/blue', { milliseconds: 5, failed: number < 10 })
  t.is(figures.of('churn/blue').requests.at(-1), 0)
  at(1001)
  const { requests, failed, p95, now } = figures.of('churn/blue')
  t.is(requests.length, windowSeconds - 1)
  t.deepEqual([requests.at(-1), failed.at(-1), requests.at(-2), p95.at(-2)], [40, 10, 0, null])
  t.deepEqual([now.requestsPerSecond, now.failedPerSecond], [8, 2])
  t.deepEqual(figures.of('churn/green').requests.filter(Boolean), [])
})

test('what is older than the window is forgotten, and its place is used again', (t) => {
  const { figures, at } = figuresAt()
  at(1000)
  figures.count('churn/blue', { milliseconds: 5, failed: true })
  at(1000 + windowSeconds - 1)
  t.is(figures.of('churn/blue').requests[0], 1)
  at(1000 + windowSeconds)
  figures.count('churn/blue', { milliseconds: 700, failed: false })
  at(1001 + windowSeconds)
  const { requests, failed, p95 } = figures.of('churn/blue')
  t.deepEqual([requests.at(-1), failed.at(-1), requests.filter(Boolean).length], [1, 0, 1])
  t.true(Math.abs((p95.at(-1) ?? 0) - 700) < 70)
})

test('deployments that are asked no more take no memory for ever', (t) => {
  const { figures, at } = figuresAt()
  at(1)
  figures.count('churn/old', { milliseconds: 5, failed: false })
  at(2 + windowSeconds)
  figures.count('churn/new', { milliseconds: 5, failed: false })
  at(1)
  // Had it been kept, the clock turned back would show it.
  t.deepEqual(figures.of('churn/old').requests.filter(Boolean), [])
})

test('a quantile is right to a tenth for whatever latencies', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.12, max: 80_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 1),
      (latencies, share) => {
        const counts = new Uint32Array(latencySteps)
        for (const latency of latencies) counts[latencyStep(latency)] = (counts[latencyStep(latency)] ?? 0) + 1
        const exact = latencies.toSorted((a, b) => a - b)[Math.ceil(latencies.length * share) - 1] ?? 0
        return Math.abs((latencyQuantile(counts, share) ?? 0) / exact - 1) < 0.1
      },
    ),
  )
  t.is(latencyQuantile(new Uint32Array(latencySteps), 0.95), null)
  t.is(latencyStep(Number.NaN), 0)
  t.is(latencyStep(Number.POSITIVE_INFINITY), latencySteps - 1)
})
