import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { mlError, notFound } from '../armError.ts'
import { datastoreContainers } from '../blobs/containerNames.ts'
import type { Bindings } from '../http/bindings.ts'
import { type Bag, bag, type DatastoreRecord } from '../state/records.ts'
import { envelope } from './envelope.ts'
import { checkAssetName } from './names.ts'
import { page } from './paging.ts'
import { containerSignature } from './pendingUpload.ts'
import { requestBody } from './requestBody.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

const credentials = z.looseObject({ credentialsType: z.string(), secrets: bag.nullish() })
const datastoreBody = z.object({
  properties: z.looseObject({
    datastoreType: z.string(),
    credentials,
  }),
})
const secretExpiry = z.object({
  expirableSecret: z.boolean().nullish(),
  expireAfterHours: z.number().int().min(1).max(168).nullish(),
})

/** Datastores and their secrets. Secrets are given out by `listSecrets` only. */
export function datastoreRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state } = parts
  const routes = new Hono<Bindings>()
  const defaultName = [...datastoreContainers(identity).keys()][0]

  const datastore = (c: Context): DatastoreRecord => {
    const name = c.req.param('name') ?? ''
    const found = state.datastores.get(name)
    if (!found) throw notFound('DatastoreNotFound', `Datastore with name: ${name} not found.`)
    return found
  }

  const render = (c: Context, record: DatastoreRecord): unknown =>
    envelope({
      identity,
      record,
      path: ['datastores', record.name],
      name: record.name,
      properties: {
        description: null,
        tags: {},
        properties: {},
        ...record.properties,
        // The workspace's own storage is on this server, wherever the client reaches it.
        ...(isOwn(record) ? { endpoint: new URL(c.req.url).host, protocol: 'https' } : {}),
        isDefault: record.name === defaultName,
      },
    })

  const isOwn = ({ properties }: DatastoreRecord): boolean => properties.accountName === identity.storageAccount

  routes.get('/datastores', (c) => {
    const isDefault = c.req.query('isDefault')
    const names = c.req.queries('names')?.flatMap((list) => list.split(','))
    const items = [...state.datastores.children()].filter(
      ({ name }) =>
        (isDefault === undefined || (name === defaultName) === (isDefault.toLowerCase() === 'true')) &&
        (names === undefined || names.includes(name)),
    )
    return c.json(
      page(c, { items, order: 'oldest first', sizeParameter: 'count', render: (record) => render(c, record) }),
    )
  })

  routes.get('/datastores/:name', (c) => c.json(render(c, datastore(c))))

  routes.put('/datastores/:name', async (c) => {
    const name = c.req.param('name')
    checkAssetName(name)
    const { properties } = await requestBody(c, datastoreBody)
    const { secrets = null, ...shown } = properties.credentials
    const before = state.datastores.get(name)
    const now = state.created()
    const made: DatastoreRecord = {
      ...(before ?? now),
      lastModifiedAt: now.lastModifiedAt,
      name,
      properties: { ...properties, credentials: shown },
      secrets,
    }
    return c.json(render(c, state.datastores.set(name, made)), before ? 200 : 201)
  })

  routes.delete('/datastores/:name', (c) => {
    const name = c.req.param('name')
    if (name === defaultName)
      throw mlError({ status: 400, message: `The default datastore "${name}" cannot be deleted.` })
    return c.body(null, state.datastores.delete(name) ? 200 : 204)
  })

  routes.post('/datastores/:name/listSecrets', async (c) => {
    const record = datastore(c)
    const { expirableSecret, expireAfterHours } = await requestBody(c, secretExpiry)
    const type = credentialsType(record.properties)
    if (type === 'None') throw mlError({ status: 400, message: 'No secrets for credentials of type None.' })
    if (record.secrets !== null) return c.json(record.secrets)
    const container = record.properties.containerName
    if (expirableSecret === true && typeof container === 'string')
      return c.json({
        secretsType: 'Sas',
        sasToken: await containerSignature({ blobs: parts.blobs, container, hours: expireAfterHours ?? 24 }),
      })
    return c.json({ secretsType: 'AccountKey', key: identity.storageKey })
  })

  return routes
}

function credentialsType({ credentials }: Bag): unknown {
  return typeof credentials === 'object' && credentials !== null && 'credentialsType' in credentials
    ? credentials.credentialsType
    : 'None'
}
