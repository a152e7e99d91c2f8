import { z } from 'zod'
import { InputError } from '../errors.ts'
import type { Connection } from './connection.ts'
import { segment } from './resource.ts'

/** A blob container under a name of the workspace's. */
export interface Datastore {
  readonly name: string
  readonly id: string
  /** `AzureBlob`, `AzureFile`, `AzureDataLakeGen2`, … Only blob datastores have the fields below. */
  readonly type: string
  readonly isDefault: boolean
  readonly accountName: string
  readonly containerName: string
  /** For instance `core.windows.net`, or `127.0.0.1:10000` of a store on this machine. */
  readonly endpoint: string
  readonly protocol: string
  readonly credentialsType: string
}

/** How to open a datastore: with its key, with a signature, or as oneself. */
export type DatastoreSecrets =
  | { readonly kind: 'account-key'; readonly key: string }
  | { readonly kind: 'sas'; readonly token: string }
  | { readonly kind: 'none' }

const datastore = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    datastoreType: z.string(),
    isDefault: z.boolean().default(false),
    accountName: z.string().default(''),
    containerName: z.string().default(''),
    endpoint: z.string().optional(),
    protocol: z.string().default('https'),
    credentials: z.looseObject({ credentialsType: z.string().default('None') }).default({ credentialsType: 'None' }),
  }),
})

const secrets = z.looseObject({ secretsType: z.string(), key: z.string().optional(), sasToken: z.string().optional() })

export class Datastores {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string): Promise<Datastore | undefined> {
    const request = { path: `/datastores/${segment(name)}`, doing: `reading the datastore "${name}"` }
    const found = await this.#connection.find(datastore, request)
    return found && this.#toDatastore(found)
  }

  /** The workspace's default datastore. Throws an InputError when it has none. */
  async default(): Promise<Datastore> {
    const doing = 'looking for the default datastore'
    const request = { path: '/datastores', query: { isDefault: true, count: 30 }, doing }
    for await (const item of this.#connection.list(datastore, request))
      if (item.properties.isDefault) return this.#toDatastore(item)
    throw new InputError(`The workspace "${this.#connection.address.workspace}" has no default datastore.`, {
      hint: 'Name a datastore.',
    })
  }

  /** What opens the datastore; every secret is masked before it is returned. */
  async secrets({ name, credentialsType }: Pick<Datastore, 'name' | 'credentialsType'>): Promise<DatastoreSecrets> {
    if (credentialsType === 'None') return { kind: 'none' }
    const answer = await this.#connection.post(secrets, {
      path: `/datastores/${segment(name)}/listSecrets`,
      doing: `reading the secrets of the datastore "${name}"`,
      safe: true,
      body: { expirableSecret: true },
    })
    const { host } = this.#connection
    if (answer.key) {
      host.secret(answer.key)
      return { kind: 'account-key', key: answer.key }
    }
    if (answer.sasToken) {
      host.secret(answer.sasToken)
      const signature = new URLSearchParams(answer.sasToken.replace(/^\?/, '')).get('sig')
      if (signature) {
        host.secret(signature)
        host.secret(encodeURIComponent(signature))
      }
      return { kind: 'sas', token: answer.sasToken.replace(/^\?/, '') }
    }
    throw new InputError(`The datastore "${name}" opens with "${answer.secretsType}", which is not supported.`, {
      hint: 'Let it use an account key, a shared access signature, or the identity of the user.',
    })
  }

  async #toDatastore({ id, name, properties }: z.output<typeof datastore>): Promise<Datastore> {
    const { accountName, containerName, endpoint, protocol, isDefault, credentials, datastoreType } = properties
    return {
      name,
      id,
      type: datastoreType,
      isDefault,
      accountName,
      containerName,
      endpoint: endpoint ?? (await this.#connection.cloud()).storageSuffix,
      protocol,
      credentialsType: credentials.credentialsType,
    }
  }
}
