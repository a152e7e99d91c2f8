import type { ExecutionContext } from 'ava'
import type { TriggerRule } from '../../../core/config/triggerFile.ts'
import { Controller } from '../../../core/trigger/controller.ts'
import type { Destination, RunState } from '../../../core/trigger/destination.ts'
import { Ledger } from '../../../core/trigger/ledger.ts'
import { StoredWakeUps } from '../../../core/trigger/storedWakeUps.ts'
import { ReceivingSide } from './simulation/fakeDestination.ts'
import { RegistrySide } from './simulation/fakeRegistry.ts'
import { Random } from './simulation/random.ts'
import { SharedStore } from './simulation/sharedStore.ts'
import { timeOf, VirtualTime } from './simulation/virtualTime.ts'

export const minute = 60_000
export const hour = 60 * minute

const plain: TriggerRule = {
  ...{ name: 'r', enabled: true, dryRun: false, sources: [], models: ['*'], tags: {}, properties: {} },
  ...{ stage: undefined, minimumVersion: undefined, since: undefined, when: undefined, order: 'newest' },
  ...{ debounceSeconds: 0, service: undefined, concurrency: undefined, quietHours: [], destinations: ['ship'] },
}

/** What was started, and when after the beginning; milliseconds. */
export interface Start {
  readonly model: string
  readonly version: string
  readonly at: number
}

/** The real controller at work on one rule, with time, registry and receiving side that are the test's; no faults. */
export function trial(t: ExecutionContext, over: Partial<TriggerRule>) {
  const time = new VirtualTime()
  const registry = new RegistrySide(time)
  const ledger = new Ledger(new SharedStore())
  const faults = { failBefore: 0, failAfter: 0, showsAfter: 0 }
  const receiver = new ReceivingSide({
    ...{ name: 'ship', canFind: true, takesKey: false, time, random: new Random(1), faults },
  })
  const ended = new Map<string, RunState>()
  const lines: string[] = []
  const keep = (message: string) => void lines.push(message)
  const client = receiver.client(async (work) => work())
  const destination: Destination = { ...client, state: async ({ id }) => ended.get(id) ?? 'running' }
  const end = new AbortController()
  t.teardown(() => end.abort())
  const rule: TriggerRule = { ...plain, ...over }
  const controller = new Controller({
    ...{ ledger, registries: [registry.client(async (work) => work())], wakeUps: new StoredWakeUps(ledger.store) },
    destinations: new Map([['ship', destination]]),
    rules: new Map([[rule.name, rule]]),
    time: timeOf(time, 0, (pause) => pause()),
    log: { debug: keep, info: keep, warning: keep, error: keep },
    ...{ signal: end.signal, worker: 'one', rereadSeconds: 3600, tagVersions: true },
  })
  time.at(0, () => void controller.run({ wakeUps: undefined, lanes: 5000, sweep: 10_000 }))
  return {
    ...{ time, registry, ledger, controller, rule, lines },
    starts: (): readonly Start[] =>
      receiver.runs.map(({ order, at }) => ({ model: order.model.name, version: order.model.version, at })),
    /** How the started runs of a model ended. */
    finish: (model: string, state: RunState): void => {
      for (const { order, id } of receiver.runs) if (order.model.name === model) ended.set(id, state)
    },
  }
}
