import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { badRequest } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { type DeploymentRecord, type DeploymentSettings, texts } from '../state/records.ts'
import { withDeploymentDefaults } from './deploymentDefaults.ts'
import { checkDeploymentIdle, deploymentDelete, deploymentPut, existingDeployment } from './deploymentLifecycle.ts'
import { checkReferences } from './deploymentReferences.ts'
import { checkEndpointIdle, existingEndpoint } from './endpointLifecycle.ts'
import { envelope } from './envelope.ts'
import { checkServiceName } from './names.ts'
import { begun } from './operationRoutes.ts'
import { page } from './paging.ts'
import { requestBody } from './requestBody.ts'
import { type WorkspaceParts, workspacePath } from './workspaceParts.ts'

const sku = z.looseObject({ name: z.string().default('Default'), capacity: z.number().int().min(1).default(1) })

const deploymentBody = z.object({
  location: z.string().min(1),
  tags: texts.nullish(),
  sku: sku.nullish(),
  properties: z.looseObject({ endpointComputeType: z.enum(['Managed', 'Kubernetes', 'AzureMLCompute']) }),
})
const patchBody = z.object({
  tags: texts.nullish(),
  sku: z.looseObject({ name: z.string().optional(), capacity: z.number().int().min(1).optional() }).nullish(),
})
const logsBody = z.object({
  containerType: z.enum(['InferenceServer', 'StorageInitializer']).nullish(),
  tail: z.number().int().min(1).nullish(),
})

/** Online deployments; what they do is in `deploymentLifecycle`. */
export function deploymentRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state, operations, faults, serving } = parts
  const routes = new Hono<Bindings>()
  const route = '/onlineEndpoints/:endpoint/deployments'

  const existing = (c: Context): DeploymentRecord =>
    existingDeployment(parts, c.req.param('endpoint') ?? '', c.req.param('name') ?? '')

  const start = (c: Context, verb: 'put' | 'patch', record: Omit<DeploymentRecord, 'operation'>): Response => {
    const key = `${record.endpoint}/${record.name}`
    const target = workspacePath(identity, 'onlineEndpoints', record.endpoint, 'deployments', record.name)
    const operation = operations.begin({ scope: 'od', verb, target })
    const stored = state.deployments.set(key, { ...record, operation: operation.id })
    const answer = begun(c, { identity, operation, body: deploymentAnswer(parts, { ...stored, ...stored.pending }) })
    operations.carryOut(operation.id, deploymentPut(parts, key), faults.failureOf(c.env.incoming))
    return answer
  }

  routes.get(route, (c) => {
    const { name } = existingEndpoint(parts, c.req.param('endpoint'))
    const render = (record: DeploymentRecord): unknown => deploymentAnswer(parts, record)
    return c.json(
      page(c, { items: state.deployments.children(name), order: 'newest first', sizeParameter: '$top', render }),
    )
  })

  routes.get(`${route}/:name`, (c) => {
    existingEndpoint(parts, c.req.param('endpoint'))
    const record = existing(c)
    operations.look(record.operation)
    return c.json(deploymentAnswer(parts, record))
  })

  routes.put(`${route}/:name`, async (c) => {
    const { endpoint, name } = c.req.param()
    checkServiceName('deployment', name)
    const body = await requestBody(c, deploymentBody)
    const owner = existingEndpoint(parts, endpoint)
    checkEndpointIdle(owner, 'create a deployment in endpoint')
    const before = state.deployments.get(`${endpoint}/${name}`)
    if (before) checkDeploymentIdle(before, 'update')
    const isManaged = body.properties.endpointComputeType === 'Managed'
    if (isManaged !== (owner.compute === null))
      throw badRequest(
        `The deployment "${name}" is for ${body.properties.endpointComputeType} compute, but the endpoint "${endpoint}" is ${owner.kind}.`,
      )
    checkReferences(parts, body.properties)
    const isSameContent =
      before?.provisioningState === 'Succeeded' && isDeepStrictEqual(before.properties, body.properties)
    const pending: DeploymentSettings = {
      tags: body.tags ?? {},
      sku: body.sku ?? { name: 'Default', capacity: 1 },
      properties: body.properties,
      generation: isSameContent ? before.generation : (before?.generation ?? 0) + 1,
    }
    return start(
      c,
      'put',
      before
        ? { ...before, provisioningState: 'Updating', pending }
        : {
            ...state.created(),
            ...pending,
            id: randomUUID(),
            endpoint,
            name,
            location: body.location,
            // This is what Azure shows from the first moment on, although the specification has "Creating" too.
            provisioningState: 'Updating',
            served: null,
            pending,
          },
    )
  })

  routes.patch(`${route}/:name`, async (c) => {
    const body = await requestBody(c, patchBody)
    const before = existing(c)
    checkEndpointIdle(existingEndpoint(parts, before.endpoint), 'update a deployment in endpoint')
    checkDeploymentIdle(before, 'update')
    const { properties, generation } = before
    const pending = {
      tags: body.tags ?? before.tags,
      sku: {
        ...before.sku,
        ...body.sku,
        name: body.sku?.name ?? before.sku.name,
        capacity: body.sku?.capacity ?? before.sku.capacity,
      },
      properties,
      generation,
    }
    return start(c, 'patch', { ...before, provisioningState: 'Updating', pending })
  })

  routes.delete(`${route}/:name`, (c) => {
    const { endpoint, name } = c.req.param()
    const key = `${endpoint}/${name}`
    const owner = existingEndpoint(parts, endpoint)
    const before = state.deployments.get(key)
    if (!before) return c.body(null, 204)
    checkEndpointIdle(owner, 'delete a deployment in endpoint')
    checkDeploymentIdle(before, 'delete')
    const percent = owner.traffic[name] ?? 0
    if (percent > 0)
      throw badRequest(
        `Cannot delete deployment ${name} of endpoint ${endpoint} because it takes ${percent}% of the traffic. Set its traffic to 0 first.`,
      )
    const target = workspacePath(identity, 'onlineEndpoints', endpoint, 'deployments', name)
    const operation = operations.begin({ scope: 'od', verb: 'delete', target })
    state.deployments.set(key, { ...before, provisioningState: 'Deleting', operation: operation.id })
    const answer = begun(c, { identity, operation, body: null })
    operations.carryOut(operation.id, deploymentDelete(parts, key), faults.failureOf(c.env.incoming))
    return answer
  })

  routes.post(`${route}/:name/getLogs`, async (c) => {
    const record = existing(c)
    const { containerType, tail } = await requestBody(c, logsBody)
    return c.json({
      content: await serving.logs({ record, part: containerType ?? 'InferenceServer', tail: tail ?? 500 }),
    })
  })

  routes.get(`${route}/:name/skus`, (c) => {
    const { sku } = existing(c)
    const capacity = { default: 1, minimum: 1, maximum: 50, scaleType: 'Manual' }
    return c.json({ value: [{ resourceType: 'deployments', sku: { name: sku.name, tier: 'Standard' }, capacity }] })
  })

  return routes
}

/** An online deployment as clients see it. */
export function deploymentAnswer({ identity }: WorkspaceParts, record: DeploymentRecord): unknown {
  const { location, tags, sku, properties } = record
  return envelope({
    identity,
    record,
    path: ['onlineEndpoints', record.endpoint, 'deployments', record.name],
    name: record.name,
    tracked: { location, tags, kind: properties.endpointComputeType, sku },
    properties: { ...withDeploymentDefaults(properties), provisioningState: record.provisioningState },
  })
}
