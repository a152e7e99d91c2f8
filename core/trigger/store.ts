/** A record and the state it was read in. */
export interface Stored {
  readonly name: string
  readonly value: string
  /** Changes whenever the record does. */
  readonly etag: string
}

export interface Listing {
  /** Only names that begin so. */
  readonly prefix?: string | undefined
  /** Only names after this one. */
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * Where the ledger is kept: small records in collections, changed by comparing and swapping, by any number of processes
 * at once. Collections are lower-case words; names are 1 to 200 of `[A-Za-z0-9.-]` and differ in more than case.
 * What resolves is durable.
 */
export interface Store {
  read(collection: string, name: string): Promise<Stored | undefined>
  /**
   * Writes a record that is as it was read (`etag`), or that is not there yet (`undefined`). The new etag tells that it
   * was written. Without one somebody else was faster, or the answer was lost and it was written after all: read again.
   */
  write(record: {
    readonly collection: string
    readonly name: string
    readonly value: string
    readonly etag: string | undefined
  }): Promise<string | undefined>
  /** Removes a record whatever it holds. The name is not written with an etag from before again. */
  remove(collection: string, name: string): Promise<void>
  /** Records in the order of their names. */
  list(collection: string, listing: Listing): Promise<readonly Stored[]>
}

/** Every record of a collection, read page by page. */
export async function* everyRecord(store: Store, collection: string, prefix?: string): AsyncGenerator<Stored, void> {
  const limit = 500
  let after: string | undefined
  for (;;) {
    const page = await store.list(collection, { prefix, after, limit })
    yield* page
    if (page.length < limit) return
    after = page.at(-1)?.name
  }
}
