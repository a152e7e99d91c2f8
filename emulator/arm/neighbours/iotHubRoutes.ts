import { createHmac, randomUUID } from 'node:crypto'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import { sameText } from '../../identity/tokens.ts'
import type { Collection } from '../../state/collection.ts'
import { type Bag, bag, bagOf, type VersionRecord } from '../../state/records.ts'
import { requestBody } from '../requestBody.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { hubKey } from './iotHubKind.ts'

const configuration = z.looseObject({
  id: z.string(),
  schemaVersion: z.string().nullish(),
  labels: bag.nullish(),
  content: bag,
  targetCondition: z.string().nullish(),
  priority: z.number().int().min(0).nullish(),
})
const content = z.looseObject({ modulesContent: bag.nullish(), deviceContent: bag.nullish() })

/** The service side of an IoT hub: deployments of IoT Edge (configurations), devices, and what is applied to one. */
export function iotHubRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { state } = parts
  const { iotConfigurations, iotDevices } = state
  const routes = new Hono<Bindings>()
  for (const path of ['/configurations', '/configurations/*', '/devices/*', '/twins/*'])
    routes.use(path, requireSignature(parts))

  const found = (collection: Collection<VersionRecord>, name: string, code: string): VersionRecord => {
    const record = collection.get(name)
    if (!record) throw new ArmError({ status: 404, code, message: `${code}: there is no "${name}".` })
    return record
  }
  const keep = (collection: Collection<VersionRecord>, name: string, properties: Bag): VersionRecord => {
    const now = state.created()
    const before = collection.get(name)
    const kept = { ...properties, etag: Buffer.from(randomUUID()).toString('base64') }
    return collection.set(name, {
      ...(before ?? now),
      lastModifiedAt: now.lastModifiedAt,
      name,
      version: '',
      properties: kept,
    })
  }

  routes.get('/configurations', (c) => c.json([...iotConfigurations.children()].map(shownConfiguration)))
  routes.get('/configurations/:id', (c) =>
    answer(c, shownConfiguration(found(iotConfigurations, c.req.param('id'), 'ConfigurationNotFound')), 200),
  )
  routes.put('/configurations/:id', async (c) => {
    const id = c.req.param('id')
    if (!/^[a-z0-9][-a-z0-9+%_*!']{0,127}$/.test(id)) throw badRequest(`The configuration id "${id}" is not valid.`)
    const given = await requestBody(c, configuration)
    const before = iotConfigurations.get(id)
    checkMatch(c, before, 'ConfigurationAlreadyExists')
    if (before && JSON.stringify(before.properties.content) !== JSON.stringify(given.content))
      throw badRequest(`The content of the configuration "${id}" cannot be changed; make one with another id.`)
    return answer(c, shownConfiguration(keep(iotConfigurations, id, given)), before ? 200 : 201)
  })
  routes.delete('/configurations/:id', (c) => {
    const id = c.req.param('id')
    found(iotConfigurations, id, 'ConfigurationNotFound')
    iotConfigurations.delete(id)
    return c.body(null, 204)
  })

  routes.get('/devices/:id', (c) => answer(c, shownDevice(found(iotDevices, c.req.param('id'), 'DeviceNotFound')), 200))
  routes.put('/devices/:id', async (c) => {
    const id = c.req.param('id')
    const given = await requestBody(c, z.looseObject({ capabilities: bag.nullish() }))
    const before = iotDevices.get(id)
    checkMatch(c, before, 'DeviceAlreadyExists')
    return answer(c, shownDevice(keep(iotDevices, id, { ...before?.properties, ...given })), 200)
  })
  routes.delete('/devices/:id', (c) => {
    found(iotDevices, c.req.param('id'), 'DeviceNotFound')
    iotDevices.delete(c.req.param('id'))
    return c.body(null, 204)
  })
  routes.post('/devices/:id/applyConfigurationContent', async (c) => {
    const device = found(iotDevices, c.req.param('id'), 'DeviceNotFound')
    const applied = await requestBody(c, content)
    keep(iotDevices, device.name, { ...device.properties, applied })
    return c.body(null, 204)
  })
  // What a device's modules were told to be.
  routes.get('/twins/:id/modules/:module', (c) => {
    const { id, module } = c.req.param()
    const device = found(iotDevices, id, 'DeviceNotFound')
    const desired = bagOf(bagOf(bagOf(bagOf(device.properties.applied).modulesContent)[module])['properties.desired'])
    return answer(c, { deviceId: id, moduleId: module, properties: { desired, reported: {} } }, 200)
  })
  return routes
}

function answer(c: Context, body: Bag, status: 200 | 201): Response {
  if (typeof body.etag === 'string') c.header('ETag', `"${body.etag}"`)
  return c.json(body, status)
}

function shownConfiguration({ name, createdAt, lastModifiedAt, properties }: VersionRecord): Bag {
  return {
    schemaVersion: '1.0',
    ...{ labels: {}, targetCondition: '', priority: 0, metrics: { results: {}, queries: {} } },
    ...properties,
    id: name,
    createdTimeUtc: createdAt,
    lastUpdatedTimeUtc: lastModifiedAt,
    systemMetrics: { results: {}, queries: {} },
  }
}

function shownDevice({ name, properties }: VersionRecord): Bag {
  const { applied: _, ...shown } = properties
  return { ...shown, deviceId: name, status: 'enabled', connectionState: 'Disconnected' }
}

/** What is there is changed only by who says that it knows it. */
function checkMatch(c: Context, before: VersionRecord | undefined, exists: string): void {
  const match = c.req.header('if-match')
  if (before && match === undefined)
    throw new ArmError({ status: 409, code: exists, message: `${exists}: "${before.name}" is there already.` })
  const etag = before?.properties.etag
  if (match !== undefined && match !== '*' && match.replaceAll('"', '') !== etag)
    throw new ArmError({ status: 412, code: 'PreconditionFailed', message: 'PreconditionFailed: the etag is another.' })
}

/** `SharedAccessSignature sr=…&sig=…&se=…&skn=iothubowner` with a key of a hub that is here. */
function requireSignature({ identity, state }: WorkspaceParts): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const given = /^SharedAccessSignature (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const fields = new URLSearchParams(given ?? '')
    const [resource, signature, expiry] = ['sr', 'sig', 'se'].map((name) => fields.get(name) ?? '')
    // What was signed is the address as it was written, with its escapes.
    const written = /(?:^|&)sr=([^&]*)/.exec(given ?? '')?.[1] ?? encodeURIComponent(resource ?? '')
    const isRight = [...state.tracked.iotHubs.children()].some(({ name }) =>
      (['primary', 'secondary'] as const).some((which) =>
        sameText(
          signature ?? '',
          createHmac('sha256', Buffer.from(hubKey(identity, name, which), 'base64'))
            .update(`${written}\n${expiry}`)
            .digest('base64'),
        ),
      ),
    )
    if (!isRight || Number(expiry) * 1000 < Date.now())
      throw new ArmError({
        status: 401,
        code: 'IotHubUnauthorized',
        message: 'The shared access signature is missing, not valid or expired.',
      })
    return next()
  }
}
