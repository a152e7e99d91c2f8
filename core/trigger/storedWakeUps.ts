import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Store } from './store.ts'
import type { WakeUp, WakeUps } from './wakeUps.ts'

const stored = z.object({
  ...{ workspaceId: z.string(), model: z.string(), version: z.string().optional(), source: z.string() },
  ...{ eventId: z.string(), receivedAt: z.string() },
})

const collection = 'wakeups'

/** Wake-ups as records of a store. What is taken stays until it is done, so that a kill in between loses nothing. */
export class StoredWakeUps implements WakeUps {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async put(wakeUp: WakeUp): Promise<void> {
    const name = nameOf(wakeUp)
    const written = await this.#store.write({ collection, name, value: JSON.stringify(wakeUp), etag: undefined })
    if (written === undefined && !(await this.#store.read(collection, name))) return this.put(wakeUp)
  }

  async take(limit: number): Promise<readonly WakeUp[]> {
    const records = await this.#store.list(collection, { limit })
    return records.map(({ value }) => ({ version: undefined, ...stored.parse(JSON.parse(value)) }))
  }

  async done(wakeUps: readonly WakeUp[]): Promise<void> {
    await Promise.all(wakeUps.map((wakeUp) => this.#store.remove(collection, nameOf(wakeUp))))
  }
}

function nameOf({ eventId, workspaceId }: WakeUp): string {
  return createHash('sha256').update(`${workspaceId.toLowerCase()}\n${eventId}`).digest('hex').slice(0, 40)
}
