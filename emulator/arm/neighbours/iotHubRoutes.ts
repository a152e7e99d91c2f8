import { createHmac, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import { iotHubAudience } from '../../identity/audiences.ts'
import { sameText } from '../../identity/tokens.ts'
import type { Collection } from '../../state/collection.ts'
import { type Bag, bag, bagOf, type VersionRecord } from '../../state/records.ts'
import { requestBody } from '../requestBody.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { condition, EdgeDevices } from './edgeDevices.ts'
import { modulesContent } from './edgeManifest.ts'
import { hubKey } from './iotHubKind.ts'

const configuration = z.looseObject({
  id: z.string(),
  schemaVersion: z.string().nullish(),
  labels: bag.nullish(),
  content: z.strictObject({ modulesContent }),
  targetCondition: z.string().nullish(),
  priority: z.number().int().min(0).max(2_147_483_647).nullish(),
})
const content = z.strictObject({ modulesContent })
const twinPatch = z.strictObject({ tags: bag })

/**
 * The service side of an IoT hub: deployments of IoT Edge (configurations), devices and their twins, and what is applied
 * to one. Devices do what they are told after a while: see `EdgeDevices`.
 */
export function iotHubRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { state } = parts
  const { iotConfigurations, iotDevices } = state
  const devices = new EdgeDevices(state)
  const shownConfiguration = (record: VersionRecord) => configurationAnswer(record, devices.metrics(record))
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
    if (given.id !== id) throw badRequest(`The body is of the configuration "${given.id}", not of "${id}".`)
    condition(given.targetCondition ?? '')
    const before = iotConfigurations.get(id)
    checkMatch(c, before, 'ConfigurationAlreadyExists')
    if (before && !isDeepStrictEqual(before.properties.content, given.content))
      throw badRequest(`The content of the configuration "${id}" cannot be changed; make one with another id.`)
    const kept = keep(iotConfigurations, id, given)
    devices.settle()
    return answer(c, shownConfiguration(kept), before ? 200 : 201)
  })
  routes.delete('/configurations/:id', (c) => {
    const id = c.req.param('id')
    found(iotConfigurations, id, 'ConfigurationNotFound')
    iotConfigurations.delete(id)
    devices.settle()
    return c.body(null, 204)
  })

  routes.get('/devices/:id', (c) => answer(c, shownDevice(found(iotDevices, c.req.param('id'), 'DeviceNotFound')), 200))
  routes.put('/devices/:id', async (c) => {
    const id = c.req.param('id')
    const given = await requestBody(c, z.looseObject({ capabilities: bag.nullish() }))
    const before = iotDevices.get(id)
    checkMatch(c, before, 'DeviceAlreadyExists')
    keep(iotDevices, id, { ...before?.properties, ...given })
    devices.settle()
    return answer(c, shownDevice(found(iotDevices, id, 'DeviceNotFound')), 200)
  })
  routes.delete('/devices/:id', (c) => {
    found(iotDevices, c.req.param('id'), 'DeviceNotFound')
    iotDevices.delete(c.req.param('id'))
    return c.body(null, 204)
  })
  routes.post('/devices/:id/applyConfigurationContent', async (c) => {
    const device = found(iotDevices, c.req.param('id'), 'DeviceNotFound')
    const applied = await requestBody(c, content)
    keep(iotDevices, device.name, { ...device.properties, applied, appliedAs: `applied ${randomUUID()}` })
    devices.settle()
    return c.body(null, 204)
  })
  // Tags are what target conditions ask for.
  routes.patch('/twins/:id', async (c) => {
    const device = found(iotDevices, c.req.param('id'), 'DeviceNotFound')
    const { tags } = await requestBody(c, twinPatch)
    keep(iotDevices, device.name, { ...device.properties, tags: { ...bagOf(device.properties.tags), ...tags } })
    devices.settle()
    return answer(c, { deviceId: device.name, tags: bagOf(found(iotDevices, device.name, '').properties.tags) }, 200)
  })
  // What a device's modules were told to be, and what they report.
  routes.get('/twins/:id/modules/:module', (c) => {
    const { id, module } = c.req.param()
    const twin = devices.moduleTwin(found(iotDevices, id, 'DeviceNotFound').name, module)
    if (twin) return answer(c, twin, 200)
    const message = `ModuleNotFound: the device "${id}" has no module "${module}".`
    throw new ArmError({ status: 404, code: 'ModuleNotFound', message })
  })
  return routes
}

function answer(c: Context, body: Bag, status: 200 | 201): Response {
  if (typeof body.etag === 'string') c.header('ETag', `"${body.etag}"`)
  return c.json(body, status)
}

function configurationAnswer(
  { name, createdAt, lastModifiedAt, properties }: VersionRecord,
  results: Readonly<Record<string, number>>,
): Bag {
  return {
    schemaVersion: '1.0',
    ...{ labels: {}, targetCondition: '', priority: 0, metrics: { results: {}, queries: {} } },
    ...properties,
    id: name,
    createdTimeUtc: createdAt,
    lastUpdatedTimeUtc: lastModifiedAt,
    systemMetrics: { results, queries: {} },
  }
}

function shownDevice({ name, properties }: VersionRecord): Bag {
  const { applied: _, appliedAs: __, told: ___, ...shown } = properties
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

/** A token for IoT hubs, or `SharedAccessSignature sr=…&sig=…&se=…&skn=iothubowner` with a key of a hub that is here. */
function requireSignature({ identity, state, tokens }: WorkspaceParts): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const bearer = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) {
      await tokens.verify(bearer, [iotHubAudience]).catch(() => {
        throw new ArmError({ status: 401, code: 'IotHubUnauthorized', message: 'The token is not for IoT hubs.' })
      })
      return next()
    }
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
