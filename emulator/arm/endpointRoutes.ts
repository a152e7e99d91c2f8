import { randomBytes, randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { badRequest } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { bag, type EndpointRecord, type EndpointSettings, texts } from '../state/records.ts'
import { endpointAnswer } from './endpointAnswer.ts'
import { checkEndpointIdle, endpointDelete, endpointPut, existingEndpoint } from './endpointLifecycle.ts'
import { checkServiceName } from './names.ts'
import { begun } from './operationRoutes.ts'
import { page } from './paging.ts'
import { requestBody } from './requestBody.ts'
import { checkTraffic } from './traffic.ts'
import { type WorkspaceParts, workspacePath } from './workspaceParts.ts'

const modes = ['Key', 'AMLToken', 'AADToken'] as const
const authMode = z
  .string()
  .transform((given) => modes.find((mode) => mode.toLowerCase() === given.toLowerCase()))
  .pipe(z.enum(modes))
const percents = z.record(z.string(), z.number().int()).nullish()

const endpointBody = z.object({
  location: z.string().min(1),
  tags: texts.nullish(),
  kind: z.string().nullish(),
  identity: bag.nullish(),
  properties: z.object({
    authMode,
    description: z.string().nullish(),
    keys: z.object({ primaryKey: z.string().nullish(), secondaryKey: z.string().nullish() }).nullish(),
    traffic: percents,
    mirrorTraffic: percents,
    properties: bag.nullish(),
    compute: z.string().nullish(),
    publicNetworkAccess: z.string().nullish(),
  }),
})

const patchBody = z.object({ tags: texts.nullish(), identity: bag.nullish() })

/** Online endpoints. Their keys and tokens are in `endpointKeyRoutes`. */
export function endpointRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state, operations, faults } = parts
  const routes = new Hono<Bindings>()
  const target = (name: string): string => workspacePath(identity, 'onlineEndpoints', name)

  const render = (c: Context, record: EndpointRecord): unknown =>
    endpointAnswer({ identity, record, origin: new URL(c.req.url).origin })

  routes.get('/onlineEndpoints', (c) => {
    const name = c.req.query('name')
    const items = [...state.endpoints.children()].filter((record) => name === undefined || record.name === name)
    return c.json(
      page(c, { items, order: 'newest first', sizeParameter: 'count', render: (record) => render(c, record) }),
    )
  })

  routes.get('/onlineEndpoints/:name', (c) => {
    const record = existingEndpoint(parts, c.req.param('name'))
    operations.look(record.operation)
    return c.json(render(c, record))
  })

  routes.put('/onlineEndpoints/:name', async (c) => {
    const name = c.req.param('name')
    checkServiceName('endpoint', name)
    const { properties: asked, ...body } = await requestBody(c, endpointBody)
    const before = state.endpoints.get(name)
    const settings: EndpointSettings = {
      tags: body.tags ?? {},
      description: asked.description ?? null,
      properties: asked.properties ?? {},
      traffic: asked.traffic ?? {},
      mirrorTraffic: asked.mirrorTraffic ?? {},
    }
    if (before) checkEndpointIdle(before, 'update endpoint')
    if (before && asked.authMode !== before.authMode)
      throw badRequest(
        `The authentication mode of an endpoint cannot be changed from ${before.authMode} to ${asked.authMode}.`,
      )
    if (before && (asked.compute ?? null) !== before.compute)
      throw badRequest(
        `The endpoint "${name}" already exists with ${before.compute === null ? 'managed compute' : `the compute ${before.compute}`}; the compute of an endpoint cannot be changed.`,
      )
    const compute = before ? undefined : /\/computes\/([^/]+)$/.exec(asked.compute ?? '')?.[1]
    if (compute !== undefined && state.tracked.computes.get(compute)?.properties.computeType !== 'Kubernetes')
      throw badRequest(`There is no Kubernetes compute "${compute}" in this workspace for the endpoint "${name}".`)
    checkTraffic({
      ...settings,
      isServable: (deployment) => {
        const record = state.deployments.get(`${name}/${deployment}`)
        return record?.served != null && record.provisioningState !== 'Deleting'
      },
    })
    const operation = operations.begin({ scope: 'oe', verb: 'put', target: target(name) })
    const record = state.endpoints.set(
      name,
      before
        ? { ...before, provisioningState: 'Updating', operation: operation.id, pending: settings }
        : {
            ...state.created(),
            ...settings,
            id: randomUUID(),
            name,
            location: body.location,
            kind: asked.compute ? 'Kubernetes' : (body.kind ?? 'Managed'),
            identity: body.identity ?? null,
            authMode: asked.authMode,
            compute: asked.compute ?? null,
            publicNetworkAccess: asked.publicNetworkAccess ?? 'Enabled',
            primaryKey: asked.keys?.primaryKey ?? newKey(),
            secondaryKey: asked.keys?.secondaryKey ?? newKey(),
            provisioningState: 'Creating',
            operation: operation.id,
            pending: null,
          },
    )
    // The answer shows what was asked for; what is read back later is what holds.
    const answer = begun(c, { identity, operation, body: render(c, { ...record, ...settings }) })
    operations.carryOut(operation.id, endpointPut(parts, name), faults.failureOf(c.env.incoming))
    return answer
  })

  routes.patch('/onlineEndpoints/:name', async (c) => {
    const name = c.req.param('name')
    const body = await requestBody(c, patchBody)
    const before = existingEndpoint(parts, name)
    checkEndpointIdle(before, 'update endpoint')
    const { description, properties, traffic, mirrorTraffic } = before
    const operation = operations.begin({ scope: 'oe', verb: 'patch', target: target(name) })
    const record = state.endpoints.set(name, {
      ...before,
      identity: body.identity ?? before.identity,
      provisioningState: 'Updating',
      operation: operation.id,
      pending: { tags: body.tags ?? before.tags, description, properties, traffic, mirrorTraffic },
    })
    const answer = begun(c, { identity, operation, body: render(c, record) })
    operations.carryOut(operation.id, endpointPut(parts, name), faults.failureOf(c.env.incoming))
    return answer
  })

  routes.delete('/onlineEndpoints/:name', (c) => {
    const name = c.req.param('name')
    const before = state.endpoints.get(name)
    if (!before) return c.body(null, 204)
    checkEndpointIdle(before, 'delete endpoint')
    const busy = [...state.deployments.children(name)].find(({ operation }) => operation !== null)
    if (busy)
      checkEndpointIdle({ ...before, operation: busy.operation, provisioningState: 'Updating' }, 'delete endpoint')
    const operation = operations.begin({ scope: 'oe', verb: 'delete', target: target(name) })
    state.endpoints.set(name, { ...before, provisioningState: 'Deleting', operation: operation.id })
    const answer = begun(c, { identity, operation, body: null })
    operations.carryOut(operation.id, endpointDelete(parts, name), faults.failureOf(c.env.incoming))
    return answer
  })

  return routes
}

export function newKey(): string {
  return randomBytes(24).toString('base64url')
}
