import type { TokenCredential } from '@azure/core-auth'
// Only types here: the library is loaded when a table is opened.
import type { TableClient, TableEntityResult } from '@azure/data-tables'
import { AzureError } from '../azure/armError.ts'
import type { Listing, Store, Stored } from './store.ts'

export type TableAccess =
  | { readonly kind: 'identity'; readonly credential: TokenCredential }
  | { readonly kind: 'connection-string'; readonly connectionString: string }

/** A property of an entity holds 64 KiB of UTF-16. */
const longestPart = 32_000
/** An entity holds 1 MiB. */
const mostParts = 15

/** A store in an Azure table: collections are partitions, etags are the service's own. */
export class TableStore implements Store {
  readonly #client: TableClient

  private constructor(client: TableClient) {
    this.#client = client
  }

  /** Creates the table when it is not there. */
  static async open(options: {
    /** As `https://account.table.core.windows.net`; not needed with a connection string. */
    readonly url: string
    readonly table: string
    readonly access: TableAccess
  }): Promise<TableStore> {
    const { url, table, access } = options
    const { TableClient } = await import('@azure/data-tables')
    const client =
      access.kind === 'identity'
        ? new TableClient(url, table, access.credential)
        : TableClient.fromConnectionString(access.connectionString, table, { allowInsecureConnection: true })
    await inWords(`creating the table "${table}"`, () => client.createTable())
    return new TableStore(client)
  }

  async read(collection: string, name: string): Promise<Stored | undefined> {
    const found = await inWords(`reading ${collection}/${name}`, () => this.#client.getEntity(collection, name), [404])
    return found && storedOf(name, found)
  }

  async write({ collection, name, value, etag }: Parameters<Store['write']>[0]): Promise<string | undefined> {
    const entity = { partitionKey: collection, rowKey: name, ...partsOf(value) }
    // Not there any more, there already, or changed since: somebody was faster, or a repeated request met itself.
    const lost = [404, 409, 412]
    const written = await inWords(
      `writing ${collection}/${name}`,
      () =>
        etag === undefined ? this.#client.createEntity(entity) : this.#client.updateEntity(entity, 'Replace', { etag }),
      lost,
    )
    return written?.etag
  }

  async remove(collection: string, name: string): Promise<void> {
    await inWords(`removing ${collection}/${name}`, () => this.#client.deleteEntity(collection, name), [404])
  }

  async list(collection: string, { prefix = '', after = '', limit }: Listing): Promise<readonly Stored[]> {
    const conditions = [`PartitionKey eq '${collection}'`]
    if (after !== '') conditions.push(`RowKey gt '${after}'`)
    // The character after the highest that names have.
    if (prefix !== '') conditions.push(`RowKey ge '${prefix}'`, `RowKey lt '${prefix}~'`)
    const filter = conditions.join(' and ')
    const found: Stored[] = []
    await inWords(`listing ${collection}`, async () => {
      const pages = this.#client
        .listEntities({ queryOptions: { filter } })
        .byPage({ maxPageSize: Math.min(limit, 1000) })
      for await (const page of pages) {
        for (const entity of page) if (found.length < limit) found.push(storedOf(String(entity.rowKey), entity))
        if (found.length >= limit) break
      }
    })
    return found
  }
}

function partsOf(value: string): Readonly<Record<string, string>> {
  const parts: Record<string, string> = {}
  for (let at = 0, part = 0; at === 0 || at < value.length; at += longestPart, part += 1) {
    if (part === mostParts) throw new Error('A record of the ledger is too long for a table.')
    parts[`v${part}`] = value.slice(at, at + longestPart)
  }
  return parts
}

function storedOf(name: string, entity: TableEntityResult<Record<string, unknown>>): Stored {
  const parts: string[] = []
  for (let part = 0; ; part += 1) {
    const text = entity[`v${part}`]
    if (typeof text !== 'string') break
    parts.push(text)
  }
  return { name, value: parts.join(''), etag: entity.etag }
}

/** Undefined for answers of the statuses that mean "no". */
async function inWords<T>(doing: string, work: () => Promise<T>, no: readonly number[] = []): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    if (typeof status === 'number' && no.includes(status)) return undefined
    throw AzureError.fromFailure(`${doing} in the ledger`, error)
  }
}
