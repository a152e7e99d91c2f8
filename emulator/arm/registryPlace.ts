import type { Context } from 'hono'
import { Hono } from 'hono'
import { ArmError } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { type Bag, bagOf, type TrackedRecord } from '../state/records.ts'
import type { AssetPlace } from './assetPlace.ts'
import { checkAssetName } from './names.ts'
import { mlPages } from './operationPages.ts'
import type { TrackedKind } from './tracked/trackedRoutes.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

const collectionRoute =
  '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/registries'

function groupPath({ identity }: WorkspaceParts): string {
  return `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}`
}

function missing(name: string): ArmError {
  return new ArmError({
    status: 404,
    code: 'ResourceNotFound',
    message: `The Resource 'Microsoft.MachineLearningServices/registries/${name}' was not found.`,
  })
}

/** Registries: assets that several workspaces use. Their data is in the workspace's storage account. */
export function registryKind(parts: WorkspaceParts): TrackedKind {
  const { state } = parts
  return {
    collection: state.tracked.registries,
    route: collectionRoute,
    type: 'Microsoft.MachineLearningServices/registries',
    scope: 'ra',
    pages: mlPages,
    missing,
    check: ({ name, body }) => {
      checkAssetName(name)
      return body.properties
    },
    properties: (record, c): Bag => ({
      publicNetworkAccess: 'Enabled',
      intellectualPropertyPublisher: null,
      regionDetails: [{ location: record.location, acrDetails: [], storageAccountDetails: [] }],
      ...record.properties,
      discoveryUrl: `${new URL(c.req.url).origin}/registrymanagement/v1.0/registries/${record.name}/discovery`,
      mlFlowRegistryUri: `azureml://${new URL(c.req.url).host}/mlflow/v1.0${groupPath(parts)}/providers/Microsoft.MachineLearningServices/registries/${record.name}`,
    }),
    patch: 'at once',
    delete: 'operation',
  }
}

export function registryPlace(parts: WorkspaceParts): AssetPlace {
  const { state } = parts
  return {
    route: `${collectionRoute}/:registry`,
    type: 'Microsoft.MachineLearningServices/registries',
    collections: state.registryAssets,
    prefix: (c: Context) => {
      const name = c.req.param('registry') ?? ''
      if (!state.tracked.registries.get(name)) throw missing(name)
      return `${name}/`
    },
    path: (prefix) =>
      `${groupPath(parts)}/providers/Microsoft.MachineLearningServices/registries/${prefix.replace(/\/$/, '')}`,
    isLongRunning: true,
    pendingUploads: ['models', 'codes', 'data'],
  }
}

/** `GET /registrymanagement/v1.0/registries/<name>/discovery`: where clients find a registry by its name alone. */
export function registryDiscoveryRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state } = parts
  const routes = new Hono<Bindings>()
  routes.get('/registrymanagement/v1.0/registries/:name/discovery', (c) => {
    const record: TrackedRecord | undefined = state.tracked.registries.get(c.req.param('name'))
    if (!record) throw missing(c.req.param('name'))
    const { origin } = new URL(c.req.url)
    return c.json({
      registryName: record.name,
      registryId: record.id,
      primaryRegion: record.location,
      primaryRegionResourceProviderUri: `${origin}/`,
      regions: [record.location],
      subscriptionId: identity.subscriptionId,
      resourceGroup: identity.resourceGroup,
      tags: bagOf(record.tags),
    })
  })
  return routes
}
