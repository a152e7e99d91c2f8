import { z } from 'zod'
import { digest, type Ledger } from './ledger.ts'
import { Observations, type Time } from './pacing.ts'

interface Holder {
  readonly lane: string
  /** The idempotency key of what holds the slot. */
  readonly key: string
}

interface Place {
  readonly source: string
  readonly service: string
  /** How many may run at the same time. */
  readonly most: number
}

/** A slot whose holder has not written its intent for this long is free; milliseconds. */
const intentWithin = 60_000

const holders = z.array(z.object({ lane: z.string(), key: z.string(), at: z.number() }))

/**
 * How many started pipelines of a service run at the same time. A slot is taken before the intent is written. What
 * holds it stands in its lane, so that the slots of workers that died in between are seen to be free.
 */
export class Slots {
  readonly #ledger: Ledger
  readonly #time: Time
  readonly #observations: Observations

  constructor(ledger: Ledger, time: Time) {
    this.#ledger = ledger
    this.#time = time
    this.#observations = new Observations(time)
  }

  async take({ source, service, most }: Place, holder: Holder): Promise<boolean> {
    const name = digest('service', source.toLowerCase(), service).slice(0, 40)
    for (;;) {
      const stored = await this.#ledger.store.read('slots', name)
      const held = stored ? holders.parse(JSON.parse(stored.value)) : []
      if (held.some(({ lane, key }) => lane === holder.lane && key === holder.key)) return true
      const busy: typeof held = []
      for (const one of held) if (await this.#isBusy(one, holder.lane)) busy.push(one)
      if (busy.length >= most) return false
      const value = JSON.stringify([...busy, { ...holder, at: this.#time.now() }])
      if ((await this.#ledger.store.write({ collection: 'slots', name, value, etag: stored?.etag })) !== undefined)
        return true
    }
  }

  /** A lane makes room for its newer version with the one that it has not started. */
  async #isBusy({ lane: name, key, at }: z.output<typeof holders>[number], asking: string): Promise<boolean> {
    // Measured from the first time that anybody here asked, so that a run's slot is free as soon as it has ended.
    const fresh = this.#observations.unchangedFor(name, key, at) < intentWithin
    const { lane } = (await this.#ledger.laneNamed(name)) ?? {}
    const runs = lane?.running.some(({ order, state }) => order.idempotencyKey === key && state === 'running')
    if (runs) return true
    if (name === asking) return false
    if (lane?.current?.order.idempotencyKey === key) return true
    return fresh
  }
}
