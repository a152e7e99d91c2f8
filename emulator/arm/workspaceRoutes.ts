import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import type { WorkspaceParts } from './workspaceParts.ts'
import { workspacePath, workspaceRoute } from './workspaceParts.ts'

/** The workspace itself, and the subscription and the resource group it is in. */
export function workspaceRoutes({ identity }: WorkspaceParts): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  const { subscriptionId, resourceGroup, workspace, location, tenantId } = identity
  const subscription = {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId,
    displayName: 'azureml-cd emulator',
    state: 'Enabled',
  }
  const group = {
    id: `${subscription.id}/resourceGroups/${resourceGroup}`,
    name: resourceGroup,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    properties: { provisioningState: 'Succeeded' },
  }

  const workspacesRoute = '/subscriptions/:subscription/providers/Microsoft.MachineLearningServices/workspaces'
  routes.get('/subscriptions', (c) => c.json({ value: [subscription] }))
  routes.get('/subscriptions/:subscription', (c) => c.json(subscription))
  routes.get('/subscriptions/:subscription/resourceGroups', (c) => c.json({ value: [group] }))
  routes.get('/subscriptions/:subscription/resourceGroups/:group', (c) => c.json(group))

  const resource = (origin: string): unknown => ({
    id: workspacePath(identity),
    name: workspace,
    type: 'Microsoft.MachineLearningServices/workspaces',
    location,
    tags: {},
    kind: 'Default',
    identity: { type: 'SystemAssigned', principalId: identity.objectId, tenantId },
    sku: { name: 'Basic', tier: 'Basic' },
    properties: {
      friendlyName: workspace,
      description: '',
      workspaceId: identity.workspaceId,
      storageAccount: `${group.id}/providers/Microsoft.Storage/storageAccounts/${identity.storageAccount}`,
      containerRegistry: `${group.id}/providers/Microsoft.ContainerRegistry/registries/${identity.storageAccount}`,
      discoveryUrl: `${origin}/discovery`,
      mlFlowTrackingUri: `azureml://${new URL(origin).host}/mlflow/v1.0${workspacePath(identity)}`,
      v1LegacyMode: false,
      publicNetworkAccess: 'Enabled',
      provisioningState: 'Succeeded',
    },
  })
  routes.get(workspaceRoute, (c) => c.json(resource(new URL(c.req.url).origin)))
  routes.get(workspaceRoute.replace('/:workspace', ''), (c) => c.json({ value: [resource(new URL(c.req.url).origin)] }))
  routes.get(workspacesRoute, (c) => c.json({ value: [resource(new URL(c.req.url).origin)] }))
  const userStorageKey = identity.storageKey
  const userStorageResourceId = `${group.id}/providers/Microsoft.Storage/storageAccounts/${identity.storageAccount}`
  routes.post(`${workspaceRoute}/listKeys`, (c) => c.json({ userStorageKey, userStorageResourceId }))
  routes.post(`${workspaceRoute}/listStorageAccountKeys`, (c) => c.json({ userStorageKey }))
  return routes
}
