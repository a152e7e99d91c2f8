import { type Log, plainText } from '../core/index.ts'
import type { WakeUp, WakeUps } from '../core/trigger/index.ts'
import type { GridEvent } from './eventGrid/events.ts'
import { registeredVersion } from './eventGrid/registeredVersion.ts'
import type { RelayMetrics } from './metrics.ts'

/** Event Grid waits 30 seconds for an answer; a store that takes longer than this has not stored anything in time. */
const patienceMilliseconds = 20_000

/** News as wake-ups on disk, before anybody is told that it was taken. */
export class Acceptance {
  readonly #wakeUps: WakeUps
  readonly #workspaces: ReadonlySet<string>
  readonly #metrics: RelayMetrics
  readonly #log: Log
  readonly #accepted: () => void
  readonly #now: () => number

  constructor(options: {
    readonly wakeUps: WakeUps
    /** In lower case; none is every one. */
    readonly workspaces: readonly string[]
    readonly metrics: RelayMetrics
    readonly log: Log
    /** Told after something was stored, so that whoever acts on it need not wait for its next look. */
    readonly accepted: () => void
    readonly now: () => number
  }) {
    this.#wakeUps = options.wakeUps
    this.#workspaces = new Set(options.workspaces)
    this.#metrics = options.metrics
    this.#log = options.log
    this.#accepted = options.accepted
    this.#now = options.now
  }

  /** Whether news of a workspace is acted on. */
  isWatched(workspaceId: string): boolean {
    return this.#workspaces.size === 0 || this.#workspaces.has(workspaceId.toLowerCase())
  }

  /** Stores what events tell of. Resolves when it is durable, rejects when it is not; then none of it counts. */
  async takeEvents(events: readonly GridEvent[], unreadable = 0): Promise<void> {
    const wakeUps: WakeUp[] = []
    this.#metrics.countNews('event-grid', 'unreadable', unreadable)
    for (const event of events) {
      const found = this.isWatched(event.topic) ? registeredVersion(event) : 'another workspace'
      if (typeof found === 'string') {
        this.#metrics.countNews('event-grid', found)
        if (found === 'unreadable')
          this.#log.warning(
            plainText(
              `The event ${event.id.slice(0, 100)} names no model that Azure ML allows; the next sweep sees what it was about.`,
            ),
          )
        continue
      }
      wakeUps.push({
        ...found,
        workspaceId: event.topic,
        source: 'event-grid',
        // Two workspaces may number their events alike.
        eventId: `${event.id}@${event.topic.toLowerCase()}`,
        receivedAt: new Date(this.#now()).toISOString(),
      })
    }
    await this.take(wakeUps)
  }

  async take(wakeUps: readonly WakeUp[]): Promise<void> {
    if (wakeUps.length === 0) return
    try {
      await inTime(Promise.all(wakeUps.map((wakeUp) => this.#wakeUps.put(wakeUp))))
    } catch (error) {
      for (const { source } of wakeUps) this.#metrics.countNews(source, 'not stored')
      throw error
    }
    for (const { source } of wakeUps) this.#metrics.countNews(source, 'accepted')
    this.#accepted()
  }

  leave(source: string, outcome: 'another type' | 'unreadable'): void {
    this.#metrics.countNews(source, outcome)
  }
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The store of wake-ups did not answer in time.')), patienceMilliseconds)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
