import test from 'ava'
import fc from 'fast-check'
import type { Store } from '../../../core/trigger/store.ts'
import { type Disturbance, type Plan, processes, type Registration } from './simulation/plan.ts'
import { simulate } from './simulation/world.ts'

const minute = 60_000

const registration: fc.Arbitrary<Registration> = fc.record({
  gap: fc.nat(3 * minute),
  model: fc.nat(2),
  ready: fc.boolean(),
  rmse: fc.constantFrom(50, 70),
  deliveries: fc.array(fc.nat(5 * minute), { maxLength: 3 }),
})
const disturbance: fc.Arbitrary<Disturbance> = fc.record({
  at: fc.nat(20 * minute),
  process: fc.nat(processes.length - 1),
  during: fc.constantFrom('any', 'intent', 'dispatch'),
  kind: fc.constantFrom('kill before', 'kill after', 'freeze'),
  milliseconds: fc.integer({ min: 1000, max: 6 * minute }),
})
const plan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(1_000_000),
  registrations: fc.array(registration, { minLength: 1, maxLength: 8 }),
  disturbances: fc.array(disturbance, { maxLength: 8 }),
  destination: fc.record({
    failBefore: fc.constantFrom(0, 0.3),
    failAfter: fc.constantFrom(0, 0.3),
    showsAfter: fc.constantFrom(0, 30_000),
  }),
  skews: fc.array(fc.integer({ min: -5 * minute, max: 5 * minute }), { minLength: 5, maxLength: 5 }),
})

test('any schedule of registrations, events, failures, kills and wrong clocks starts what it must', async (t) => {
  let started = 0
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const outcome = await simulate(given)
      if (outcome.violations.length > 0) throw new Error(outcome.violations.join('\n'))
      started += outcome.started
    }),
    { numRuns: Number(process.env.AZUREML_CD_SOAK_SCHEDULES ?? 25) },
  )
  t.true(started > 0)
})

/** A store that says yes to whoever writes last, as one without etags would. */
function withoutComparing(store: Store): Store {
  return {
    read: (...given) => store.read(...given),
    remove: (...given) => store.remove(...given),
    list: (...given) => store.list(...given),
    write: async (record) => {
      const now = await store.read(record.collection, record.name)
      return store.write({ ...record, etag: now?.etag })
    },
  }
}

test('the simulation finds what a store that does not compare does, and shrinks it to a few steps', async (t) => {
  const found = await fc.check(
    fc.asyncProperty(plan, async (given) => (await simulate(given, withoutComparing)).violations.length === 0),
    { numRuns: 200, seed: 7, endOnFailure: false, interruptAfterTimeLimit: 20_000 },
  )
  t.true(found.failed)
  const [shrunk] = found.counterexample ?? []
  t.true((shrunk?.registrations.length ?? 9) <= 2, JSON.stringify(shrunk))
  t.deepEqual(shrunk?.disturbances, [])
})
