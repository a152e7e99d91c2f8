import test, { type ExecutionContext } from 'ava'
import { type Drift, findDrift } from '../../../core/trigger/drift.ts'
import type { ServedVersion } from '../../../core/trigger/registry.ts'
import { tendDrift } from '../../../core/trigger/tendDrift.ts'
import { hour, minute, trial } from './trial.ts'

const version = (of: string, model = 'risk'): ServedVersion => ({ model, version: of, tags: {}, properties: {} })

/** A service for which version 2 was started, and the looks at it. */
async function shipped(t: ExecutionContext) {
  const one = trial(t, { service: 'scoring' })
  const { time, registry, ledger, rule, finish } = one
  registry.register('risk', {})
  registry.register('risk', {})
  await time.runUntil(minute)
  const registries = [registry.client(async (work) => work())]
  const look = () => findDrift({ ledger, registries, rules: new Map([[rule.name, rule]]) })
  const again: string[] = []
  const lines: string[] = []
  const warning = (message: string) => void lines.push(message)
  const log = { debug: warning, info: warning, warning, error: warning }
  const tend = async (heal: boolean, now: number, found?: readonly Drift[]) => {
    const startAgain = async ({ model, expected }: Drift) => void again.push(`${model}:${expected}`)
    const tended = await tendDrift({
      ...{ found: found ?? (await look()), heal, ledger, log, worker: 'w', now, startAgain },
    })
    return tended.map(({ outcome }) => outcome)
  }
  return { ...one, look, tend, again, lines, finish }
}

test('a service drifts when it serves something else than was started last for it, and no run may still change that', async (t) => {
  const { registry, look, finish, time } = await shipped(t)
  registry.served.set('scoring', version('1'))
  t.deepEqual(await look(), [])
  finish('risk', 'succeeded')
  await time.runUntil(10 * minute)
  t.like(await look(), [{ service: 'scoring', model: 'risk', expected: '2', served: 'risk:1', refused: false }])
  registry.served.set('scoring', version('2', 'other'))
  t.like(await look(), [{ served: 'other:2' }])
  registry.served.delete('scoring')
  t.like(await look(), [{ served: undefined }])
  registry.served.set('scoring', version('2'))
  t.deepEqual(await look(), [])
})

test('drift is reported, noted once, and healed once an hour when that is asked for', async (t) => {
  const { registry, tend, again, lines, ledger, finish, time } = await shipped(t)
  registry.served.set('scoring', version('1'))
  finish('risk', 'succeeded')
  await time.runUntil(10 * minute)
  t.deepEqual(await tend(false, 0), ['reported'])
  t.deepEqual(again, [])
  t.deepEqual(lines, ['The service scoring serves risk:1 instead of risk:2.'])
  t.deepEqual(await tend(true, 0), ['healed'])
  t.deepEqual(await tend(true, hour - 1), ['resting'])
  t.deepEqual(again, ['risk:2'])
  t.deepEqual(await tend(true, hour), ['healed'])
  t.deepEqual(again, ['risk:2', 'risk:2'])
  let noted = 0
  for await (const { kind } of ledger.history()) if (kind === 'drift') noted += 1
  t.is(noted, 1)
  // What is as it should be and drifts later has drifted anew.
  t.deepEqual(await tend(true, hour + 1, []), [])
  t.deepEqual(await tend(true, hour + 2), ['healed'])
})

test('a version that the service has taken back is told and not given to it again', async (t) => {
  const { registry, tend, again, lines, finish, time } = await shipped(t)
  registry.served.set('scoring', version('1'))
  registry.refused.set('scoring', 'risk:2')
  finish('risk', 'failed')
  await time.runUntil(10 * minute)
  t.deepEqual(await tend(true, 0), ['refused'])
  t.deepEqual(again, [])
  t.regex(lines[0] ?? '', /taken back and is not given again/)
})

test('of two sweeps that find the same at the same moment one heals', async (t) => {
  const { registry, look, tend, again, finish, time } = await shipped(t)
  registry.served.set('scoring', version('1'))
  finish('risk', 'succeeded')
  await time.runUntil(10 * minute)
  const found = await look()
  const outcomes = await Promise.all([tend(true, 0, found), tend(true, 0, found)])
  t.deepEqual(outcomes.flat().toSorted(), ['healed', 'resting'])
  t.deepEqual(again, ['risk:2'])
})
