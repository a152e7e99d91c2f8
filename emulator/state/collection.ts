/** Where a change is made lasting before it can be seen. */
export interface Journal {
  append(change: { readonly kind: string; readonly key: string; readonly value: unknown }): void
}

/** What a collection holds under a key, before and after a change. */
export interface Change<T> {
  readonly key: string
  readonly before: T | undefined
  readonly after: T | undefined
}

/** A method, so that the collections of all kinds can be held together. */
interface Observer<T> {
  tell(change: Change<T>): void
}

/**
 * The values of one kind, by key. A key is a name, or `parent/name` for what lives inside something else: a model's
 * versions, an endpoint's deployments. Reads are from memory; a write is in the journal before it can be read.
 */
export class Collection<T> {
  readonly kind: string
  readonly #journal: Journal
  readonly #families = new Map<string, Map<string, T>>()
  readonly #observers: Observer<T>[] = []

  constructor(options: { readonly kind: string; readonly journal: Journal; readonly values: Iterable<[string, T]> }) {
    this.kind = options.kind
    this.#journal = options.journal
    for (const [key, value] of options.values) this.#remember(key, value)
  }

  get(key: string): T | undefined {
    const { parent, name } = split(key)
    return this.#families.get(parent)?.get(name)
  }

  set(key: string, value: T): T {
    const before = this.#observers.length > 0 ? this.get(key) : undefined
    this.#journal.append({ kind: this.kind, key, value })
    this.#remember(key, value)
    for (const observer of this.#observers) observer.tell({ key, before, after: value })
    return value
  }

  /** From now on told of every change, once it can be read. An observer changes nothing and does not throw. */
  observe(tell: (change: Change<T>) => void): void {
    this.#observers.push({ tell })
  }

  /** False when there was nothing under this key. */
  delete(key: string): boolean {
    const { parent, name } = split(key)
    const before = this.#families.get(parent)?.get(name)
    if (before === undefined) return false
    this.#journal.append({ kind: this.kind, key, value: null })
    this.#families.get(parent)?.delete(name)
    for (const observer of this.#observers) observer.tell({ key, before, after: undefined })
    return true
  }

  /** The values directly under a parent, in the order in which they were made; without a parent, those that have none. */
  children(parent = ''): IterableIterator<T> {
    return (this.#families.get(parent) ?? new Map<string, T>()).values()
  }

  *entries(): IterableIterator<[string, T]> {
    for (const [parent, family] of this.#families)
      for (const [name, value] of family) yield [parent === '' ? name : `${parent}/${name}`, value]
  }

  #remember(key: string, value: T): void {
    const { parent, name } = split(key)
    const family = this.#families.get(parent)
    if (family) family.set(name, value)
    else this.#families.set(parent, new Map([[name, value]]))
  }
}

function split(key: string): { readonly parent: string; readonly name: string } {
  const slash = key.lastIndexOf('/')
  return { parent: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}
