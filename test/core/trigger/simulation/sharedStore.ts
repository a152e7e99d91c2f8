import type { Listing, Store, Stored } from '../../../../core/trigger/store.ts'

/** What several simulated processes share. It is a plain map; each process reaches it over its own `Reach`. */
export class SharedStore implements Store {
  readonly #collections = new Map<string, Map<string, { value: string; etag: string }>>()
  /** Names of a collection in order, until one is added or removed. */
  readonly #sorted = new Map<string, readonly string[]>()
  #changes = 0

  async read(collection: string, name: string): Promise<Stored | undefined> {
    const found = this.#collections.get(collection)?.get(name)
    return found && { name, ...found }
  }

  async write({ collection, name, value, etag }: Parameters<Store['write']>[0]): Promise<string | undefined> {
    const records = this.#collections.get(collection) ?? new Map()
    this.#collections.set(collection, records)
    if (records.get(name)?.etag !== etag) return undefined
    if (etag === undefined) this.#sorted.delete(collection)
    this.#changes += 1
    const next = String(this.#changes)
    records.set(name, { value, etag: next })
    return next
  }

  async remove(collection: string, name: string): Promise<void> {
    if (this.#collections.get(collection)?.delete(name)) this.#sorted.delete(collection)
  }

  async list(collection: string, { prefix = '', after = '', limit }: Listing): Promise<readonly Stored[]> {
    const records = this.#collections.get(collection)
    if (!records) return []
    const names = this.#sorted.get(collection) ?? [...records.keys()].sort()
    this.#sorted.set(collection, names)
    const found: Stored[] = []
    for (const name of names) {
      if (found.length === limit) break
      const record = records.get(name)
      if (name > after && name.startsWith(prefix) && record) found.push({ name, ...record })
    }
    return found
  }
}
