import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import { mlAudience } from './tokens.ts'

/** `GET /metadata/endpoints`: how this cloud describes itself. Clients learn the authority and the storage host here. */
export function cloudMetadata(): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  routes.get('/metadata/endpoints', (c) => {
    const { origin, host } = new URL(c.req.url)
    const version = c.req.query('api-version') ?? ''
    const authentication = {
      loginEndpoint: origin,
      audiences: [origin, 'https://management.azure.com/', 'https://management.core.windows.net/'],
    }
    // The oldest form is one object of another shape; azure-cli reads it first.
    if (version < '2018')
      return c.json({ galleryEndpoint: origin, graphEndpoint: origin, portalEndpoint: origin, authentication })
    const cloud = {
      name: 'azureml-cd emulator',
      portal: origin,
      resourceManager: `${origin}/`,
      authentication: { ...authentication, tenant: 'common', identityProvider: 'AAD' },
      suffixes: { storage: host },
      resourceIdentifiers: { azureMachineLearning: mlAudience },
    }
    return version >= '2022-09-01' ? c.json(cloud) : c.json([cloud])
  })
  return routes
}
