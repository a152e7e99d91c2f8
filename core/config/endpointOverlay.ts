import { type Fault, faultsError } from './faults.ts'
import type { TargetDeployment } from './targetDeployment.ts'
import type { EndpointFile } from './v2Endpoint.ts'

/**
 * A deployment configuration with what an endpoint's own file says: it counts, because it says nothing else.
 *
 * @throws InputError when the service is to live where there is no such endpoint
 */
export function withEndpoint(deployment: TargetDeployment, endpoint: EndpointFile): TargetDeployment {
  const { authMode, publicNetworkAccess, compute } = endpoint
  switch (deployment.target) {
    case 'managed': {
      if (endpoint.target !== 'managed') break
      const { config } = deployment
      return {
        target: 'managed',
        config: {
          ...config,
          ...(authMode === undefined ? {} : { authMode }),
          ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
        },
      }
    }
    case 'aks': {
      if (endpoint.target === 'batch') break
      const { config } = deployment
      const cluster = compute ?? config.compute
      return { target: 'aks', config: { ...config, compute: cluster, ...(authMode === undefined ? {} : { authMode }) } }
    }
    case 'batch':
      if (endpoint.target !== 'batch') break
      return deployment
  }
  const what = {
    managed: 'a managed online endpoint',
    aks: 'an online endpoint on Kubernetes',
    batch: 'a batch endpoint',
  }
  const message = `This is ${what[endpoint.target]}, and the service goes to ${deployment.target}.`
  throw faultsError(endpoint.file, [{ line: 1, path: [], message } satisfies Fault])
}
