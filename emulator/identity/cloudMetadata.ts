import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import { mlAudience } from './audiences.ts'

/** `GET /metadata/endpoints`: how this cloud describes itself. Clients learn the authority and the storage host here. */
export function cloudMetadata(): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  routes.get('/metadata/endpoints', (c) => {
    const { origin, port } = new URL(c.req.url)
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
      // azure-ai-ml takes what follows the second dot for the end of the address of Azure ML, `ml.azure.com`.
      portal: `https://localhost:${port}/#portal.azure.com`,
      resourceManager: `${origin}/`,
      authentication: { ...authentication, tenant: 'common', identityProvider: 'AAD' },
      // An account's host cannot be below an IP address.
      suffixes: { storage: `core.localhost:${port}` },
      resourceIdentifiers: { azureMachineLearning: mlAudience },
    }
    return version >= '2022-09-01' ? c.json(cloud) : c.json([cloud])
  })
  return routes
}
