import { z } from 'zod'
import type { Order, Started } from './destination.ts'
import { type Age, compareAge, hasVersion, noVersions, type VersionSet, withVersion } from './versionOrder.ts'

/**
 * One rule's way to one destination for one model. At most one version is under way in a lane at a time, and a lane is
 * changed as a whole by comparing and swapping: from that follow "once" and "in order", however many workers there are.
 */
export interface Lane {
  readonly source: string
  readonly model: string
  readonly rule: string
  readonly destination: string
  /** The newest version for which an intent was ever written. */
  readonly newest?: Age | undefined
  /** Versions that were started or given up. */
  readonly settled: VersionSet
  readonly current?: Attempt | undefined
  /** Versions were selected that could not be started yet: look at the model again. */
  readonly again: boolean
  /** Started runs whose end is not known, or not yet told on the model version. */
  readonly running: readonly Run[]
  /** Starts that may have been repeated, because the destination can neither be asked nor takes a key. */
  readonly mayHaveRepeated: number
}

/** A version that is being started. */
export interface Attempt {
  readonly order: Order
  /**
   * `intended`: a worker wrote that it is about to send. `unsure`: the answer was lost. `clear`: nothing was started,
   * it is to be sent (again).
   */
  readonly state: 'intended' | 'unsure' | 'clear'
  /** Grows with every intent; an answer to an older one changes nothing. */
  readonly fence: number
  readonly worker: string
  /** When the state was written, by that worker's clock; milliseconds since 1970. */
  readonly at: number
  readonly tries: number
  /** Milliseconds to wait before sending again. */
  readonly wait: number
  readonly error?: string | undefined
}

export interface Run {
  readonly order: Order
  readonly started: Started
  /** When that was written, by the worker's clock; milliseconds since 1970. */
  readonly at: number
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unknown'
  /** What the model version's tag says. */
  readonly told?: string | undefined
}

const labels = z.record(z.string(), z.string())
const age = z.object({ version: z.string(), registeredAt: z.string() })
const order = z.object({
  ...{ idempotencyKey: z.string(), rule: z.string(), destination: z.string(), workspaceId: z.string() },
  model: z.object({ name: z.string(), version: z.string(), id: z.string(), tags: labels, properties: labels }),
  registeredAt: z.string(),
})
const started = z.object({ id: z.string(), url: z.string().optional() })
const lane = z.object({
  ...{ source: z.string(), model: z.string(), rule: z.string(), destination: z.string() },
  newest: age.optional(),
  settled: z.object({ runs: z.array(z.tuple([z.number(), z.number()])), others: z.array(z.string()) }),
  current: z
    .object({
      ...{ order, state: z.enum(['intended', 'unsure', 'clear']), fence: z.number(), worker: z.string() },
      ...{ at: z.number(), tries: z.number(), wait: z.number(), error: z.string().optional() },
    })
    .optional(),
  again: z.boolean(),
  running: z.array(
    z.object({
      ...{ order, started, at: z.number(), told: z.string().optional() },
      state: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'unknown']),
    }),
  ),
  mayHaveRepeated: z.number(),
})

export function parseLane(text: string): Lane {
  return lane.parse(JSON.parse(text))
}

export function emptyLane(of: Pick<Lane, 'source' | 'model' | 'rule' | 'destination'>): Lane {
  return { ...of, settled: noVersions, again: false, running: [], mayHaveRepeated: 0 }
}

export function isOpen({ current, again, running }: Lane): boolean {
  return current !== undefined || again || running.length > 0
}

export function ageOf({ model, registeredAt }: Order): Age {
  return { version: model.version, registeredAt }
}

/** Of the versions that a rule selects, those that may still be started in a lane, the oldest first. Pure. */
export function startable<V extends Age>(lane: Lane, order: 'newest' | 'every', selected: readonly V[]): readonly V[] {
  const { newest, settled } = lane
  const open = selected.filter(({ version }) => !hasVersion(settled, version)).toSorted(compareAge)
  if (order === 'every') return open
  // Only the newest of them, and never one that is as old as what was started or may have been.
  return open.slice(-1).filter((one) => newest === undefined || compareAge(one, newest) > 0)
}

export function withIntent(
  lane: Lane,
  intent: { readonly order: Order; readonly worker: string; readonly at: number; readonly again: boolean },
): Lane {
  const { order, worker, at, again } = intent
  const { current } = lane
  const repeats = current?.order.idempotencyKey === order.idempotencyKey
  const age = ageOf(order)
  const newest = lane.newest && compareAge(lane.newest, age) > 0 ? lane.newest : age
  const fence = (current?.fence ?? 0) + 1
  const tries = repeats ? current.tries + 1 : 0
  return { ...lane, newest, again, current: { order, state: 'intended', fence, worker, at, tries, wait: 0 } }
}

export function withStarted(lane: Lane, started: Started, at: number): Lane {
  const { current } = lane
  if (!current) return lane
  const run: Run = { order: current.order, started, at, state: 'running' }
  const settled = withVersion(lane.settled, current.order.model.version)
  return { ...lane, settled, current: undefined, running: [...lane.running, run].slice(-50) }
}

/** What was given up is not tried again until a person asks for it. */
export function withGivenUp(lane: Lane): Lane {
  const { current } = lane
  if (!current) return lane
  return { ...lane, settled: withVersion(lane.settled, current.order.model.version), current: undefined }
}
