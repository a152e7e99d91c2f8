import type { TriggerRule } from '../config/triggerFile.ts'
import type { Log } from '../host.ts'
import { type Destination, DispatchError, type Order, type Started } from './destination.ts'
import { type Attempt, ageOf, type Lane, withGivenUp, withIntent, withStarted } from './lane.ts'
import type { HistoryEntry, Ledger, StoredLane } from './ledger.ts'
import { Observations, pacing, retryWait, silentFor, type Time } from './pacing.ts'
import { quietUntil } from './quietTimes.ts'

/** What is to be done about a lane next. `look`: the registry must be read, because something newer may be there. */
export type Next =
  | { readonly kind: 'step' | 'look' | 'idle' }
  | { readonly kind: 'wait'; readonly milliseconds: number }

export interface DispatchOptions {
  readonly ledger: Ledger
  readonly destinations: ReadonlyMap<string, Destination>
  readonly rules: ReadonlyMap<string, TriggerRule>
  readonly time: Time
  readonly log: Log
  readonly signal: AbortSignal
  /** Names this process among all that work on the ledger; new for each start of it. */
  readonly worker: string
}

/**
 * Starts what a lane has under way. The order of things is the guarantee: first the intent is durable, then it is sent,
 * then the answer is written. A worker that finds an intent without an answer waits until nothing of it can still be on
 * its way or invisible, asks the destination, and only then sends again.
 */
export class Dispatch {
  readonly #options: DispatchOptions
  readonly #observations: Observations

  constructor(options: DispatchOptions) {
    this.#options = options
    this.#observations = new Observations(options.time)
  }

  /** Writes the intent and sends. False when somebody else changed the lane meanwhile; nothing was sent then. */
  async begin(stored: StoredLane, order: Order, again: boolean): Promise<boolean> {
    const { ledger, time, worker, destinations } = this.#options
    const destination = destinations.get(order.destination)
    if (!destination) return false
    const began = time.elapsed()
    const intended = withIntent(stored.lane, { order, worker, at: time.now(), again })
    const fence = intended.current?.fence
    if ((await ledger.writeLane(stored, intended)) === undefined) return false
    await this.#note(order, 'decided')
    // Others take a worker for dead after a while. One that was held up that long must not send any more.
    if (fence === undefined || time.elapsed() - began > pacing.sendWithin) return true
    const outcome = await this.#send(destination, order)
    await ledger.changeLane(stored.name, (lane) => {
      const { current } = lane
      if (current?.fence !== fence || current.order.idempotencyKey !== order.idempotencyKey) return undefined
      return this.#withOutcome(lane, current, outcome)
    })
    await this.#tell(order, outcome)
    return true
  }

  /** One step with what a lane has under way. */
  async step(stored: StoredLane & { readonly etag: string }): Promise<Next> {
    const { lane, name, etag } = stored
    const { current } = lane
    const rule = this.#options.rules.get(lane.rule)
    const destination = this.#options.destinations.get(lane.destination)
    if (!current) return { kind: lane.again ? 'look' : 'idle' }
    // Rules and destinations that are gone leave their lanes as they are, for the status to show.
    if (!rule || !destination) return { kind: 'idle' }
    const waited = this.#observations.unchangedFor(name, etag, current.at)
    if (current.state !== 'clear') return this.#lookUp(stored, { current, destination, waited })
    const quiet = quietUntil(rule.quietHours, this.#options.time.now())
    if (quiet > 0) return { kind: 'wait', milliseconds: quiet }
    // Something newer may take its place, before it is sent.
    if (lane.again && rule.order === 'newest') return { kind: 'look' }
    if (waited < current.wait) return { kind: 'wait', milliseconds: current.wait - waited }
    await this.begin(stored, current.order, lane.again)
    return { kind: 'step' }
  }

  /** Whether a lane's version may be sent again already. */
  isRested({ lane, name, etag }: StoredLane): boolean {
    const { current } = lane
    return !current || etag === undefined || this.#observations.unchangedFor(name, etag, current.at) >= current.wait
  }

  async #send(destination: Destination, order: Order): Promise<Outcome> {
    try {
      return { kind: 'started', started: await this.#inTime((signal) => destination.start(order, signal)) }
    } catch (error) {
      this.#options.signal.throwIfAborted()
      const text = error instanceof Error ? error.message : String(error)
      // What is not known to be certain is not: a fault of ours after sending is an answer that was lost.
      if (!(error instanceof DispatchError) || !error.certain) return { kind: 'unsure', text }
      if (error.permanent) return { kind: 'given-up', text }
      return { kind: 'failed', text, retryAfterSeconds: error.retryAfterSeconds }
    }
  }

  #withOutcome(lane: Lane, current: Attempt, outcome: Outcome): Lane {
    const at = this.#options.time.now()
    switch (outcome.kind) {
      case 'started':
        return withStarted(lane, outcome.started, at)
      case 'given-up':
        return withGivenUp(lane)
      case 'failed': {
        const wait = retryWait(current.tries, outcome.retryAfterSeconds)
        return { ...lane, current: { ...current, state: 'clear', at, wait, error: outcome.text } }
      }
      default:
        return { ...lane, current: { ...current, state: 'unsure', at, error: outcome.text } }
    }
  }

  /** What became of a dispatch whose answer nobody has. */
  async #lookUp(
    stored: StoredLane,
    about: { readonly current: Attempt; readonly destination: Destination; readonly waited: number },
  ): Promise<Next> {
    const { current, destination, waited } = about
    const { ledger, time } = this.#options
    const shows = destination.canFind ? pacing.showsWithin : retryWait(current.tries)
    const patience = current.state === 'intended' ? silentFor(destination) : shows
    const found = destination.canFind ? await this.#find(destination, current.order) : undefined
    if (found === 'failed') return { kind: 'wait', milliseconds: retryWait(2) }
    if (found) {
      const written = await ledger.writeLane(stored, withStarted(stored.lane, found, time.now()))
      if (written !== undefined) await this.#note(current.order, 'found', undefined, found.url)
      return { kind: 'step' }
    }
    if (waited < patience) return { kind: 'wait', milliseconds: Math.min(patience - waited, 10_000) }
    const blind = !destination.canFind && !destination.takesKey
    await ledger.writeLane(stored, {
      ...stored.lane,
      mayHaveRepeated: stored.lane.mayHaveRepeated + (blind ? 1 : 0),
      current: { ...current, state: 'clear', at: time.now(), wait: 0 },
    })
    return { kind: 'step' }
  }

  async #find(destination: Destination, order: Order): Promise<Started | 'failed' | undefined> {
    try {
      return await this.#inTime((signal) => destination.find(order, signal))
    } catch (error) {
      this.#options.signal.throwIfAborted()
      this.#options.log.debug(`${destination.name} cannot be asked: ${error instanceof Error ? error.message : error}`)
      return 'failed'
    }
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { time, signal } = this.#options
    const limit = new AbortController()
    const rest = new AbortController()
    const abort = () => limit.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    const late = time.pause(pacing.answerWithin, rest.signal).then(() => {
      const error = new DispatchError('No answer came in time.', { certain: false, permanent: false })
      limit.abort(error)
      throw error
    })
    try {
      return await Promise.race([work(limit.signal), late])
    } finally {
      late.catch(() => undefined)
      rest.abort(new Error('Answered.'))
      signal.removeEventListener('abort', abort)
    }
  }

  async #tell(order: Order, outcome: Outcome): Promise<void> {
    const { log } = this.#options
    const what = `${order.model.name}:${order.model.version} at ${order.destination} (rule ${order.rule})`
    if (outcome.kind === 'started') log.info(`Started ${what}.`)
    else log.warning(`Could not start ${what}: ${outcome.text}`)
    const text = outcome.kind === 'started' ? undefined : outcome.text
    const url = outcome.kind === 'started' ? outcome.started.url : undefined
    await this.#note(order, outcome.kind, text, url)
  }

  async #note(order: Order, kind: HistoryEntry['kind'], text?: string, url?: string): Promise<void> {
    const { ledger, time, worker } = this.#options
    await ledger.note({
      ...{ at: new Date(time.now()).toISOString(), kind, worker, text: text?.slice(0, 1000), url },
      ...{ source: order.workspaceId, model: order.model.name, version: ageOf(order).version },
      ...{ rule: order.rule, destination: order.destination },
    })
  }
}

type Outcome =
  | { readonly kind: 'started'; readonly started: Started }
  | { readonly kind: 'unsure' | 'given-up'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string; readonly retryAfterSeconds: number | undefined }
