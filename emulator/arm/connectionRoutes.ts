import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { notFound } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { type Bag, bag, bagOf, type TrackedRecord } from '../state/records.ts'
import { systemData } from './envelope.ts'
import { requestBody } from './requestBody.ts'
import { type WorkspaceParts, workspaceRoute } from './workspaceParts.ts'

const connection = z.looseObject({
  properties: z.looseObject({
    authType: z.string().min(1),
    category: z.string().min(1),
    target: z.string().nullish(),
    credentials: bag.nullish(),
  }),
})

/** Connections of the workspace: who may read it sees that they are there, and is told their secrets on request only. */
export function connectionRoutes({ state, identity }: WorkspaceParts): Hono<Bindings> {
  const { connections } = state.tracked
  const route = `${workspaceRoute}/connections`
  const routes = new Hono<Bindings>()
  const existing = (c: Context): TrackedRecord => {
    const name = c.req.param('name') ?? ''
    const found = connections.get(name)
    if (!found) throw notFound('ConnectionNotFound', `Connection ${name} can't be found in this workspace.`)
    return found
  }
  const shown = (record: TrackedRecord, withSecrets: boolean): Bag => {
    const { credentials, ...open } = record.properties
    const { subscriptionId, resourceGroup, workspace } = identity
    const path = route
      .replace(':subscription', subscriptionId)
      .replace(':group', resourceGroup)
      .replace(':workspace', workspace)
    return {
      id: `${path}/${record.name}`,
      name: record.name,
      type: 'Microsoft.MachineLearningServices/workspaces/connections',
      systemData: systemData(identity, record),
      properties: { ...open, ...(withSecrets ? { credentials: bagOf(credentials) } : {}) },
    }
  }

  routes.get(route, (c) => c.json({ value: [...connections.children()].map((record) => shown(record, false)) }))
  routes.get(`${route}/:name`, (c) => c.json(shown(existing(c), false)))
  routes.post(`${route}/:name/listSecrets`, (c) => c.json(shown(existing(c), true)))
  routes.put(`${route}/:name`, async (c) => {
    const { properties } = await requestBody(c, connection)
    const name = c.req.param('name')
    const before = connections.get(name)
    const now = state.created()
    const record = connections.set(name, {
      ...(before ?? { ...now, id: randomUUID(), key: name, name, location: identity.location, beside: {}, tags: {} }),
      ...{
        lastModifiedAt: now.lastModifiedAt,
        properties,
        provisioningState: 'Succeeded',
        operation: null,
        pending: null,
      },
    })
    return c.json(shown(record, false))
  })
  routes.delete(`${route}/:name`, (c) => {
    const name = c.req.param('name')
    const was = connections.get(name)
    if (was) connections.delete(name)
    return c.body(null, was ? 200 : 204)
  })
  return routes
}
