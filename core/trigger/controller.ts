import type { DispatchOptions } from './dispatch.ts'
import { Dispatch } from './dispatch.ts'
import { isOpen } from './lane.ts'
import type { StoredLane } from './ledger.ts'
import { Look } from './look.ts'
import type { Registry } from './registry.ts'
import { Runs } from './runs.ts'
import { Slots } from './slots.ts'
import { type Swept, sweepRegistry } from './sweep.ts'
import type { WakeUp, WakeUps } from './wakeUps.ts'

export interface ControllerOptions extends DispatchOptions {
  readonly registries: readonly Registry[]
  readonly wakeUps: WakeUps
  readonly rereadSeconds: number
  readonly tagVersions: boolean
}

/** How often the loops of `run` look, in milliseconds; undefined is never. */
export interface Intervals {
  readonly wakeUps: number | undefined
  /** Every lane that has something under way. */
  readonly lanes: number | undefined
  readonly sweep: number | undefined
}

export const defaultIntervals: Intervals = { wakeUps: 500, lanes: 5_000, sweep: 900_000 }

/** All lanes are read this often, to find what other workers left; in between only those that this one knows of. */
const scanEvery = 60_000

/**
 * Brings what is registered and what was started together. Level, not edge: the registry's state decides, wake-ups
 * only make a look at it early. Any number of controllers may work on one ledger.
 */
export class Controller {
  readonly #options: ControllerOptions
  readonly #look: Look
  readonly #dispatch: Dispatch
  readonly #runs: Runs
  /** Lanes with something under way, and when to go on with them, by `elapsed`. */
  readonly #open = new Map<string, number>()
  /** Those of them in which only a run's end is waited for. */
  readonly #started = new Set<string>()
  #scannedAt = Number.NEGATIVE_INFINITY

  constructor(options: ControllerOptions) {
    this.#options = options
    this.#dispatch = new Dispatch(options)
    const slots = new Slots(options.ledger, options.time)
    this.#look = new Look({ ...options, dispatch: this.#dispatch, slots })
    this.#runs = new Runs(options)
  }

  /** Looks at the models that waiting wake-ups name; answers with how many there were. */
  async handleWakeUps(limit = 100): Promise<number> {
    const { wakeUps, log } = this.#options
    const taken = await wakeUps.take(limit)
    const groups = new Map<string, WakeUp[]>()
    for (const wakeUp of taken) {
      const key = `${wakeUp.workspaceId.toLowerCase()} ${wakeUp.model}`
      groups.set(key, [...(groups.get(key) ?? []), wakeUp])
    }
    for (const group of groups.values()) {
      const [first] = group
      if (!first) continue
      const registry = this.#registry(first)
      if (!registry)
        log.warning(`A wake-up is about ${first.workspaceId}, which triggers.yml does not name; it is dropped.`)
      else await this.#lookAt(registry, first.model)
      // Only now: whoever is killed before leaves it for the next one.
      await wakeUps.done(group)
    }
    return taken.length
  }

  /** Lanes to go on with at once. */
  attend(lanes: readonly string[]): void {
    for (const name of lanes) this.#open.set(name, 0)
  }

  /**
   * Goes on with every lane that has something under way and whose time has come; answers how many are left in which
   * something is still to be started.
   */
  async goOn(): Promise<number> {
    const { ledger, time } = this.#options
    if (time.elapsed() - this.#scannedAt >= scanEvery) {
      this.#scannedAt = time.elapsed()
      for await (const { name, lane } of ledger.lanes())
        if (isOpen(lane) && !this.#open.has(name)) this.#open.set(name, 0)
    }
    for (const [name, due] of [...this.#open]) {
      if (due > time.elapsed()) continue
      this.#started.delete(name)
      const wait = await this.#advance(name)
      if (wait === undefined) this.#open.delete(name)
      else this.#open.set(name, time.elapsed() + wait)
    }
    return [...this.#open.keys()].filter((name) => !this.#started.has(name)).length
  }

  /** Milliseconds until the next lane's time; undefined when nothing is under way. */
  get nextDue(): number | undefined {
    const due = [...this.#open.values()]
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - this.#options.time.elapsed())
  }

  async sweep(): Promise<readonly Swept[]> {
    const swept: Swept[] = []
    for (const registry of this.#options.registries)
      swept.push(
        await sweepRegistry({
          ...{ registry, ledger: this.#options.ledger, look: this.#look, log: this.#options.log },
          lookAt: (model, latestVersion) => this.#lookAt(registry, model, latestVersion),
        }),
      )
    return swept
  }

  /** Works until it is told to stop. What goes wrong is told and tried again. */
  async run(intervals: Intervals = defaultIntervals): Promise<void> {
    await Promise.all([
      this.#every(intervals.wakeUps, async () => {
        while ((await this.handleWakeUps()) > 0);
      }),
      this.#every(intervals.lanes, () => this.goOn()),
      this.#every(intervals.sweep, () => this.sweep()),
    ])
  }

  async #every(interval: number | undefined, work: () => Promise<unknown>): Promise<void> {
    if (interval === undefined) return
    const { signal, time, log } = this.#options
    while (!signal.aborted)
      try {
        await work()
        await time.pause(interval, signal)
      } catch (error) {
        if (signal.aborted) return
        log.error(error instanceof Error ? error.message : String(error))
        await time.pause(interval, signal).catch(() => undefined)
      }
  }

  async #lookAt(registry: Registry, model: string, latestVersion?: string): Promise<number> {
    const { versionsRead, waiting, touched } = await this.#look.model(registry, model, latestVersion)
    for (const name of touched) this.#open.set(name, 0)
    for (const [name, wait] of waiting) this.#open.set(name, this.#options.time.elapsed() + wait)
    return versionsRead
  }

  /** Milliseconds until it is to be gone on with; undefined when nothing is under way any more. */
  async #advance(name: string): Promise<number | undefined> {
    const { ledger } = this.#options
    for (let steps = 0; steps < 4; steps += 1) {
      const stored = await ledger.laneNamed(name)
      if (!stored?.etag || !isOpen(stored.lane)) return undefined
      const registry = this.#registry({ workspaceId: stored.lane.source })
      if (!registry) return undefined
      const isFollowed = await this.#runs.follow(registry, stored)
      const next = await this.#next(stored)
      if (next.kind === 'idle') {
        if (isFollowed) return undefined
        this.#started.add(name)
        return 10_000
      }
      if (next.kind === 'wait') return next.milliseconds
      if (next.kind === 'look') {
        await this.#lookAt(registry, stored.lane.model)
        const held = (this.#open.get(name) ?? 0) - this.#options.time.elapsed()
        if (held > 0) return held
      }
    }
    return 1000
  }

  async #next({ name }: StoredLane) {
    const stored = await this.#options.ledger.laneNamed(name)
    if (!stored?.etag) return { kind: 'idle' } as const
    return this.#dispatch.step({ ...stored, etag: stored.etag })
  }

  #registry({ workspaceId }: Pick<WakeUp, 'workspaceId'>): Registry | undefined {
    return this.#options.registries.find(({ source }) => source.id.toLowerCase() === workspaceId.toLowerCase())
  }
}
