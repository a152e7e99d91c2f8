import type { TriggerRule } from '../../../../core/config/triggerFile.ts'
import { Controller, type Intervals } from '../../../../core/trigger/controller.ts'
import { Ledger } from '../../../../core/trigger/ledger.ts'
import type { Store } from '../../../../core/trigger/store.ts'
import { StoredWakeUps } from '../../../../core/trigger/storedWakeUps.ts'
import type { WakeUp } from '../../../../core/trigger/wakeUps.ts'
import type { ReceivingSide } from './fakeDestination.ts'
import { type RegistrySide, source } from './fakeRegistry.ts'
import type { Disturbance } from './plan.ts'
import type { Random } from './random.ts'
import { timeOf, type VirtualTime } from './virtualTime.ts'

export interface Surroundings {
  readonly time: VirtualTime
  readonly random: Random
  readonly store: Store
  readonly registry: RegistrySide
  readonly receivers: readonly ReceivingSide[]
  readonly rules: readonly TriggerRule[]
}

const never = new Promise<never>(() => undefined)

/** One relay or sweep: the real controller, whose every step to the outside can be delayed, frozen or its last. */
export class SimulatedProcess {
  readonly #surroundings: Surroundings
  readonly #intervals: Intervals
  readonly #skew: number
  readonly #name: string
  /** Still to come, the earliest first. */
  readonly #disturbances: Disturbance[]
  #starts = 0
  #frozenUntil = 0
  #wakeUps: StoredWakeUps | undefined
  kills = 0
  freezes = 0
  errors: string[] = []

  constructor(options: {
    readonly name: string
    readonly surroundings: Surroundings
    readonly intervals: Intervals
    readonly skew: number
    readonly disturbances: readonly Disturbance[]
  }) {
    this.#name = options.name
    this.#surroundings = options.surroundings
    this.#intervals = options.intervals
    this.#skew = options.skew
    this.#disturbances = options.disturbances.toSorted((one, other) => one.at - other.at)
    this.#start()
  }

  /** An event arrives here; whether it is kept, who sent it does not learn. */
  receive(wakeUp: WakeUp): void {
    void this.#wakeUps?.put(wakeUp)
  }

  #start(): void {
    this.#starts += 1
    const { time, store, registry, receivers, rules } = this.#surroundings
    const life = this.#starts
    const reach = <T>(work: () => T | Promise<T>) => this.#reach(life, 'any', work)
    const reached: Store = {
      read: (...given) => reach(() => store.read(...given)),
      write: (record) => {
        const isIntent = record.collection === 'lanes' && record.value.includes('"state":"intended"')
        return this.#reach(life, isIntent ? 'intent' : 'any', () => store.write(record))
      },
      remove: (...given) => reach(() => store.remove(...given)),
      list: (...given) => reach(() => store.list(...given)),
    }
    const say = (message: string) => void this.errors.push(message)
    const quiet = () => undefined
    this.#wakeUps = new StoredWakeUps(reached)
    const controller = new Controller({
      ledger: new Ledger(reached),
      registries: [registry.client(reach)],
      destinations: new Map(
        receivers.map((receiver) => [receiver.name, receiver.client((work) => this.#reach(life, 'dispatch', work))]),
      ),
      rules: new Map(rules.map((rule) => [rule.name, rule])),
      wakeUps: this.#wakeUps,
      time: timeOf(time, this.#skew, (pause) => this.#lives(life, pause)),
      log: { debug: quiet, info: quiet, warning: quiet, error: say },
      signal: new AbortController().signal,
      worker: `${this.#name}.${life}`,
      ...{ rereadSeconds: 3600, tagVersions: true },
    })
    void controller.run(this.#intervals)
  }

  async #lives(life: number, pause: () => Promise<void>): Promise<void> {
    await pause()
    await this.#thaw()
    if (life !== this.#starts) await never
  }

  async #reach<T>(life: number, during: Disturbance['during'], work: () => T | Promise<T>): Promise<T> {
    const { time, random } = this.#surroundings
    if (life !== this.#starts) await never
    const struck = this.#struck(during)
    if (struck?.kind === 'kill before') return this.#die()
    await time.wait(random.between(1, 20))
    // The request has left: it takes effect whatever becomes of who sent it.
    const answer = (async () => work())()
    answer.catch(() => undefined)
    if (struck?.kind === 'kill after') {
      await answer.catch(() => undefined)
      return this.#die()
    }
    if (struck?.kind === 'freeze') {
      this.freezes += 1
      this.#frozenUntil = Math.max(this.#frozenUntil, time.now + struck.milliseconds)
    }
    if (this.#frozenUntil > time.now) await this.#thaw()
    if (life !== this.#starts) await never
    return answer
  }

  #struck(during: Disturbance['during']): Disturbance | undefined {
    const { now } = this.#surroundings.time
    const index = this.#disturbances.findIndex(
      (one) => one.at <= now && (one.during === 'any' || one.during === during),
    )
    if (index < 0 || index > 20) return undefined
    return this.#disturbances.splice(index, 1)[0]
  }

  /** The next one starts a little later, knowing nothing. */
  #die(): Promise<never> {
    this.kills += 1
    this.#starts += 1
    const { time, random } = this.#surroundings
    time.at(time.now + random.between(100, 10_000), () => this.#start())
    return never
  }

  async #thaw(): Promise<void> {
    const { time } = this.#surroundings
    while (this.#frozenUntil > time.now) await time.wait(this.#frozenUntil - time.now)
  }
}

export const workspaceId = source.id
