import { join } from 'node:path'
import type { TokenCredential } from '@azure/core-auth'
import { InputError } from '../errors.ts'
import { FolderStore } from './folderStore.ts'
import type { Store } from './store.ts'
import { StoredWakeUps } from './storedWakeUps.ts'
import { type TableAccess, TableStore } from './tableStore.ts'
import { WakeUpFolder } from './wakeUpFolder.ts'
import type { WakeUps } from './wakeUps.ts'

type Place =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'table'; readonly service: string; readonly table: string }

/** Where a ledger is: a folder of this machine, or a table as `https://account.table.core.windows.net/NAME`. */
export function ledgerPlace(place: string): Place {
  const [, service, table] = /^(https:\/\/[^/]+)\/([A-Za-z][A-Za-z0-9]{2,62})$/.exec(place) ?? []
  if (service !== undefined && table !== undefined) return { kind: 'table', service, table }
  if (/^[a-z]+:\/\//i.test(place))
    throw new InputError(
      `"${place}" is no place for a ledger: a folder, or https://ACCOUNT.table.core.windows.net/TABLE, is allowed.`,
    )
  return { kind: 'folder', folder: place }
}

/** Opens the ledger at a place. With a connection string the place is the table's name, or its address. */
export async function openLedger(options: {
  readonly place: string
  readonly credential: () => Promise<TokenCredential>
  readonly connectionString?: string | undefined
}): Promise<{ readonly store: Store; readonly wakeUps: WakeUps }> {
  const { credential, connectionString } = options
  const place = ledgerPlace(options.place)
  if (place.kind === 'table' || connectionString !== undefined) {
    const access: TableAccess =
      connectionString === undefined
        ? { kind: 'identity', credential: await credential() }
        : { kind: 'connection-string', connectionString }
    const { service: url, table } = place.kind === 'table' ? place : { service: '', table: place.folder }
    const store = await TableStore.open({ url, table, access })
    return { store, wakeUps: new StoredWakeUps(store) }
  }
  const store = await FolderStore.open(place.folder)
  return { store, wakeUps: await WakeUpFolder.open(join(place.folder, 'wake-ups')) }
}
