import {
  type Destination,
  DispatchError,
  type Order,
  type RunState,
  type Started,
} from '../../../../core/trigger/destination.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtualTime.ts'

export interface DestinationFaults {
  /** Refused, or gone before it arrived. */
  readonly failBefore: number
  /** Started, and the answer was lost. */
  readonly failAfter: number
  /** A started run shows in lists only after up to so many milliseconds. */
  readonly showsAfter: number
}

/** A run that a receiving side started. */
export interface StartedRun {
  readonly order: Order
  readonly id: string
  readonly at: number
  readonly showsAt: number
}

/** The receiving side: what all processes' clients of one destination talk to. */
export class ReceivingSide {
  readonly name: string
  readonly canFind: boolean
  readonly takesKey: boolean
  readonly runs: StartedRun[] = []
  /** Second deliveries with a key that it knew. */
  ignored = 0
  readonly #byKey = new Map<string, StartedRun[]>()
  readonly #time: VirtualTime
  readonly #random: Random
  readonly #faults: DestinationFaults

  constructor(options: {
    readonly name: string
    readonly canFind: boolean
    readonly takesKey: boolean
    readonly time: VirtualTime
    readonly random: Random
    readonly faults: DestinationFaults
  }) {
    this.name = options.name
    this.canFind = options.canFind
    this.takesKey = options.takesKey
    this.#time = options.time
    this.#random = options.random
    this.#faults = options.faults
  }

  startedFor(key: string): readonly StartedRun[] {
    return this.#byKey.get(key) ?? []
  }

  /** A client of one process; `reach` is how that process's requests travel. */
  client(reach: <T>(work: () => T) => Promise<T>): Destination {
    const { name, canFind, takesKey } = this
    return {
      ...{ kind: 'fake', name, canFind, takesKey },
      start: (order) => reach(() => this.#accept(order)),
      find: (order) => reach(() => this.#find(order)),
      state: () => reach((): RunState => 'succeeded'),
    }
  }

  #accept(order: Order): Started {
    const { failBefore, failAfter, showsAfter } = this.#faults
    const dice = this.#random.next()
    if (dice < failBefore / 2)
      throw new DispatchError('The destination answered 503.', { certain: true, permanent: false })
    if (dice < failBefore) throw new DispatchError('The connection broke.', { certain: false, permanent: false })
    const before = this.#byKey.get(order.idempotencyKey) ?? []
    const [known] = before
    if (this.takesKey && known) {
      this.ignored += 1
      return { id: known.id }
    }
    const at = this.#time.now
    const run = { order, id: `${this.name}-${this.runs.length}`, at, showsAt: at + this.#random.between(0, showsAfter) }
    this.runs.push(run)
    this.#byKey.set(order.idempotencyKey, [...before, run])
    if (dice < failBefore + failAfter)
      throw new DispatchError('The answer was lost.', { certain: false, permanent: false })
    return { id: run.id }
  }

  #find(order: Order): Started | undefined {
    if (!this.canFind) return undefined
    const found = this.startedFor(order.idempotencyKey).find(({ showsAt }) => showsAt <= this.#time.now)
    return found && { id: found.id }
  }
}
