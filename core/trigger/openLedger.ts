import { join } from 'node:path'
import type { TokenCredential } from '@azure/core-auth'
import { InputError } from '../errors.ts'
import { FolderStore } from './folderStore.ts'
import type { Store } from './store.ts'
import { StoredWakeUps } from './storedWakeUps.ts'
import { TableStore } from './tableStore.ts'
import { WakeUpFolder } from './wakeUpFolder.ts'
import type { WakeUps } from './wakeUps.ts'

/**
 * Opens the ledger at a place: a folder of this machine, or a table as `https://account.table.core.windows.net/NAME`.
 * With a connection string the place is the table's name.
 */
export async function openLedger(options: {
  readonly place: string
  readonly credential: () => Promise<TokenCredential>
  readonly connectionString?: string | undefined
}): Promise<{ readonly store: Store; readonly wakeUps: WakeUps }> {
  const { place, credential, connectionString } = options
  const [, service = '', table = ''] = /^(https:\/\/[^/]+)\/([A-Za-z][A-Za-z0-9]{2,62})$/.exec(place) ?? []
  if (table === '' && /^[a-z]+:\/\//i.test(place))
    throw new InputError(
      `"${place}" is no place for a ledger: a folder, or https://ACCOUNT.table.core.windows.net/TABLE, is allowed.`,
    )
  if (connectionString !== undefined) {
    const access = { kind: 'connection-string', connectionString } as const
    const store = await TableStore.open({ url: '', table: table || place, access })
    return { store, wakeUps: new StoredWakeUps(store) }
  }
  if (table !== '') {
    const store = await TableStore.open({
      url: service,
      table,
      access: { kind: 'identity', credential: await credential() },
    })
    return { store, wakeUps: new StoredWakeUps(store) }
  }
  const store = await FolderStore.open(place)
  return { store, wakeUps: await WakeUpFolder.open(join(place, 'wake-ups')) }
}
