import { ownTagPrefix } from '../config/triggerRules.ts'
import type { Destination } from './destination.ts'
import type { DispatchOptions } from './dispatch.ts'
import type { Lane, Run } from './lane.ts'
import type { StoredLane } from './ledger.ts'
import { pacing } from './pacing.ts'
import type { Registry } from './registry.ts'

interface RunsOptions extends DispatchOptions {
  readonly tagVersions: boolean
}

/** The tag of a model version that tells what a rule started at a destination, and how it ended. */
export function startedTag({ rule, destination }: Pick<Lane, 'rule' | 'destination'>): string {
  return `${ownTagPrefix}trigger.${rule}.${destination}`
}

/** Follows started runs to their end, and tells of them on the model version. */
export class Runs {
  readonly #options: RunsOptions
  /** When each run was last asked about, by `elapsed`. */
  readonly #asked = new Map<string, number>()

  constructor(options: RunsOptions) {
    this.#options = options
  }

  /** Answers whether every run of the lane is told to its end. */
  async follow(registry: Registry, { lane, name }: StoredLane): Promise<boolean> {
    const { ledger, destinations } = this.#options
    let isOver = true
    for (const run of lane.running) {
      const state = await this.#stateOf(run, destinations.get(lane.destination))
      const told = await this.#tell(registry, lane, { ...run, state })
      const isEnded = state !== 'running'
      isOver &&= isEnded
      if (!isEnded && told === run.told) continue
      const key = run.order.idempotencyKey
      const changed = await ledger.changeLane(name, (now) => {
        const known = now.running.find(({ order }) => order.idempotencyKey === key)
        if (!known) return undefined
        const rest = now.running.filter((one) => one !== known)
        if (isEnded) return { ...now, running: rest }
        return { ...now, running: now.running.map((one) => (one === known ? { ...one, told } : one)) }
      })
      if (changed && isEnded && state !== 'unknown') await this.#note(run, state)
    }
    return isOver
  }

  async #stateOf(run: Run, destination: Destination | undefined): Promise<Run['state']> {
    const { time, signal, log } = this.#options
    if (!destination?.state) return 'unknown'
    const key = run.order.idempotencyKey
    const since = time.elapsed() - (this.#asked.get(key) ?? Number.NEGATIVE_INFINITY)
    if (since < pacing.confirmEvery) return 'running'
    this.#asked.set(key, time.elapsed())
    if (time.now() - run.at > pacing.confirmFor + pacing.skew) return 'unknown'
    try {
      const state = await destination.state(run.started, signal)
      if (state !== 'running') this.#asked.delete(key)
      return state
    } catch (error) {
      signal.throwIfAborted()
      log.debug(`${destination.name} does not tell how ${run.started.id} is: ${String(error)}`)
      return 'running'
    }
  }

  async #tell(registry: Registry, lane: Lane, run: Run): Promise<string | undefined> {
    const { order, started, state } = run
    const word = state === 'unknown' || state === 'running' ? 'started' : state
    const value = [word, new Date(run.at).toISOString(), started.url ?? started.id].join(' ').slice(0, 250)
    if (!this.#options.tagVersions || run.told === value) return value
    try {
      await registry.tag({ model: order.model.name, version: order.model.version, name: startedTag(lane), value })
    } catch (error) {
      this.#options.signal.throwIfAborted()
      // The story is told late or not at all; that must not keep anything from being started.
      this.#options.log.warning(
        `The version ${order.model.name}:${order.model.version} could not be tagged: ${String(error)}`,
      )
    }
    return value
  }

  async #note({ order, started }: Run, state: string): Promise<void> {
    const { ledger, time, worker } = this.#options
    await ledger.note({
      ...{ at: new Date(time.now()).toISOString(), kind: 'ended', worker, text: state, url: started.url },
      ...{ source: order.workspaceId, model: order.model.name, version: order.model.version },
      ...{ rule: order.rule, destination: order.destination },
    })
  }
}
