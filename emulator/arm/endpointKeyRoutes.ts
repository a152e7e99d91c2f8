import { Hono } from 'hono'
import { z } from 'zod'
import { badRequest } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { existingEndpoint } from './endpointLifecycle.ts'
import { newKey } from './endpointRoutes.ts'
import { requestBody } from './requestBody.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

const regeneration = z.object({ keyType: z.enum(['Primary', 'Secondary']), keyValue: z.string().min(1).nullish() })
const hour = 3_600

/** For whom the tokens are that an endpoint with AML tokens gives out. */
export function endpointAudience(id: string): string {
  return `azureml-endpoint:${id}`
}

/** How callers of an endpoint get in: its keys, or tokens made for it. */
export function endpointKeyRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { state, tokens } = parts
  const routes = new Hono<Bindings>()

  routes.post('/onlineEndpoints/:name/listKeys', (c) => {
    const { name, authMode, primaryKey, secondaryKey } = existingEndpoint(parts, c.req.param('name'))
    if (authMode !== 'Key')
      throw badRequest(`The endpoint "${name}" has no keys: its authentication mode is ${authMode}.`)
    return c.json({ primaryKey, secondaryKey })
  })

  routes.post('/onlineEndpoints/:name/regenerateKeys', async (c) => {
    const { keyType, keyValue } = await requestBody(c, regeneration)
    const record = existingEndpoint(parts, c.req.param('name'))
    if (record.authMode !== 'Key')
      throw badRequest(`The endpoint "${record.name}" has no keys: its authentication mode is ${record.authMode}.`)
    const key = keyValue ?? newKey()
    state.endpoints.set(record.name, {
      ...record,
      ...(keyType === 'Primary' ? { primaryKey: key } : { secondaryKey: key }),
    })
    return c.body(null, 200)
  })

  routes.post('/onlineEndpoints/:name/token', async (c) => {
    const { name, authMode, id } = existingEndpoint(parts, c.req.param('name'))
    if (authMode !== 'AMLToken')
      throw badRequest(`The endpoint "${name}" gives out no tokens: its authentication mode is ${authMode}.`)
    const now = Math.floor(Date.now() / 1000)
    return c.json({
      accessToken: await tokens.issue({ audience: endpointAudience(id), lifetimeSeconds: 12 * hour }),
      tokenType: 'Bearer',
      expiryTimeUtc: now + 12 * hour,
      refreshAfterTimeUtc: now + hour,
    })
  })

  return routes
}
