import { z } from 'zod'
import { badRequest } from '../../armError.ts'
import { type Bag, bag } from '../../state/records.ts'
import { pagesOf } from '../operationPages.ts'
import type { TrackedKind } from '../tracked/trackedRoutes.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'
import { neighbourRoute } from './neighbourRoute.ts'

const clusterType = 'Microsoft.ContainerService/managedClusters'
const extensionType = 'Microsoft.KubernetesConfiguration/extensions'

const cluster = z.looseObject({
  dnsPrefix: z.string().nullish(),
  kubernetesVersion: z.string().nullish(),
  agentPoolProfiles: z
    .array(z.looseObject({ name: z.string().regex(/^[a-z][a-z0-9]{0,11}$/), count: z.number().int().nullish() }))
    .nullish(),
})

/** Kubernetes clusters (AKS), as records: there is no Kubernetes behind them. */
export function managedClusterKind({ state }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.managedClusters,
    route: neighbourRoute('Microsoft.ContainerService', 'managedClusters'),
    type: clusterType,
    scope: 'rp',
    pages: pagesOf('Microsoft.ContainerService'),
    missing: (name) => neighbourNotFound(clusterType, name),
    inside: [state.tracked.extensions],
    check: ({ name, body }) => {
      if (!/^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/.test(name))
        throw badRequest(`The cluster name "${name}" is not valid.`)
      const parsed = cluster.safeParse(body.properties)
      if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
      return parsed.data
    },
    properties: (record): Bag => ({
      kubernetesVersion: '1.31',
      enableRBAC: true,
      nodeResourceGroup: `MC_${record.name}`,
      ...record.properties,
      fqdn: clusterHost(record.name, record.location),
      powerState: { code: 'Running' },
      provisioningState: record.provisioningState,
    }),
    updateStatus: 200,
    patch: 'at once',
    delete: 'operation',
  }
}

/** Where the API server of a cluster would be; no such host exists. */
export function clusterHost(name: string, location: string): string {
  return `${name.toLowerCase()}.${location}.azmk8s.invalid`
}

const extension = z.looseObject({
  extensionType: z.string().min(1),
  configurationSettings: bag.nullish(),
  configurationProtectedSettings: bag.nullish(),
})

/** Extensions of clusters, Azure ML's among them, as records. */
export function extensionKind({ state }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.extensions,
    route: neighbourRoute(
      'Microsoft.ContainerService',
      'managedClusters/:parent/providers/Microsoft.KubernetesConfiguration/extensions',
    ),
    type: extensionType,
    scope: 'rp',
    pages: pagesOf('Microsoft.KubernetesConfiguration'),
    isLocated: false,
    missing: (name) => neighbourNotFound(extensionType, name),
    check: ({ parent, body }) => {
      if (!state.tracked.managedClusters.get(parent)) throw neighbourNotFound(clusterType, parent)
      const parsed = extension.safeParse(body.properties)
      if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
      return parsed.data
    },
    properties: ({ properties, provisioningState }): Bag => ({
      autoUpgradeMinorVersion: true,
      releaseTrain: 'Stable',
      ...properties,
      // Protected settings are not told again, only that they are there.
      configurationProtectedSettings: Object.fromEntries(
        Object.keys(extension.parse(properties).configurationProtectedSettings ?? {}).map((name) => [name, '']),
      ),
      provisioningState,
      statuses: [],
    }),
    patch: 'none',
    delete: 'operation',
  }
}
