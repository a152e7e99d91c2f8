import { type Context, Hono } from 'hono'
import { ArmError, notFound } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { publishExchange } from '../http/exchanges.ts'
import { workspacePlace } from './assetPlace.ts'
import { assetRoutes } from './assetRoutes.ts'
import { assetRules } from './assetRules.ts'
import { batchInvocationRoutes } from './batchInvocationRoutes.ts'
import { batchDeploymentKind, batchEndpointKind } from './batchKinds.ts'
import { computeKind } from './computeKind.ts'
import { connectionRoutes } from './connectionRoutes.ts'
import { datastoreRoutes } from './datastoreRoutes.ts'
import { existingDeployment } from './deploymentLifecycle.ts'
import { deploymentAnswer, deploymentRoutes } from './deploymentRoutes.ts'
import { endpointAnswer } from './endpointAnswer.ts'
import { endpointKeyRoutes } from './endpointKeyRoutes.ts'
import { existingEndpoint } from './endpointLifecycle.ts'
import { endpointRoutes } from './endpointRoutes.ts'
import { eventSubscriptionKind } from './eventSubscriptionKind.ts'
import { eventSubscriptionRoutes } from './eventSubscriptionRoutes.ts'
import { answerHeaders, requireApiVersion, requireExisting, requireToken } from './guards.ts'
import { jobRoutes } from './jobRoutes.ts'
import { machineSizeRoutes } from './machineSizeRoutes.ts'
import { containerGroupKind } from './neighbours/containerGroupKind.ts'
import { containerGroupRoutes } from './neighbours/containerGroupRoutes.ts'
import { containerRegistryKind } from './neighbours/containerRegistryKind.ts'
import { hubKeyRoutes, iotHubKind } from './neighbours/iotHubKind.ts'
import { iotHubRoutes } from './neighbours/iotHubRoutes.ts'
import { extensionKind, managedClusterKind } from './neighbours/managedClusterKinds.ts'
import { managedClusterRoutes } from './neighbours/managedClusterRoutes.ts'
import { registryRunRoutes } from './neighbours/registryRunRoutes.ts'
import { operationRoutes } from './operationRoutes.ts'
import { registryDiscoveryRoutes, registryKind, registryPlace } from './registryPlace.ts'
import { resourceRoutes } from './resourceRoutes.ts'
import { type TrackedKind, trackedAnswer, trackedRoutes } from './tracked/trackedRoutes.ts'
import { reportUnknownFields } from './unknownFields.ts'
import { type WorkspaceParts, workspaceRoute } from './workspaceParts.ts'
import { workspaceRoutes } from './workspaceRoutes.ts'

/** Everything below `/subscriptions`: the resource manager and Azure ML behind it. */
export function armRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, tokens } = parts
  const routes = new Hono<Bindings>()
  // Matches `/subscriptions` itself as well.
  routes.use(
    '/subscriptions/*',
    publishExchange,
    answerHeaders,
    requireToken(tokens, identity),
    requireApiVersion,
    requireExisting(identity),
  )
  if (parts.unknownFieldLog) routes.use('/subscriptions/*', reportUnknownFields(parts.unknownFieldLog))
  const kinds = [
    computeKind(parts),
    batchEndpointKind(parts),
    batchDeploymentKind(parts),
    eventSubscriptionKind(parts),
    registryKind(parts),
    containerGroupKind(parts),
    containerRegistryKind(parts),
    managedClusterKind(parts),
    extensionKind(parts),
    iotHubKind(parts),
  ]
  routes.route('/', workspaceRoutes(parts))
  routes.route('/', resourceRoutes(parts))
  routes.route('/', operationRoutes(parts, resourceAt(parts, kinds)))
  routes.route('/', batchInvocationRoutes(parts))
  for (const more of [
    eventSubscriptionRoutes(parts),
    connectionRoutes(parts),
    containerGroupRoutes(parts),
    registryRunRoutes(parts),
    managedClusterRoutes(parts),
    machineSizeRoutes(),
    hubKeyRoutes(parts),
    iotHubRoutes(parts),
  ])
    routes.route('/', more)
  routes.use('/registrymanagement/*', requireToken(tokens, identity))
  routes.route('/', registryDiscoveryRoutes(parts))
  for (const kind of kinds) routes.route('/', trackedRoutes(parts, kind))
  for (const place of [workspacePlace(parts), registryPlace(parts)])
    for (const rules of assetRules) routes.route('/', assetRoutes(parts, rules, place))
  for (const resources of [
    datastoreRoutes(parts),
    jobRoutes(parts),
    endpointRoutes(parts),
    endpointKeyRoutes(parts),
    deploymentRoutes(parts),
  ])
    routes.route(workspaceRoute, resources)
  routes.all('/subscriptions/*', (c) => {
    throw new ArmError({
      status: 404,
      code: 'InvalidResourceType',
      message: `There is nothing here for ${c.req.method} ${c.req.path}.`,
    })
  })
  return routes
}

/** The resource that a finished PATCH was about. */
function resourceAt(parts: WorkspaceParts, kinds: readonly TrackedKind[]): (c: Context, target: string) => unknown {
  return (c, target) => {
    for (const kind of kinds) {
      const found = new RegExp(`^${kind.route.replace(/:\w+/g, '[^/]+')}/[^/]+$`).test(target)
      const [name = '', , parent = ''] = target.split('/').reverse()
      const record = found
        ? kind.collection.get(kind.route.includes(':parent') ? `${parent}/${name}` : name)
        : undefined
      if (record) return trackedAnswer({ parts, kind, record, c })
    }
    const [, endpoint, deployment] = /\/onlineEndpoints\/([^/]+)(?:\/deployments\/([^/]+))?$/.exec(target) ?? []
    if (endpoint === undefined) throw notFound('ResourceNotFound', `There is nothing at ${target}.`)
    if (deployment !== undefined) return deploymentAnswer(parts, existingDeployment(parts, endpoint, deployment))
    const record = existingEndpoint(parts, endpoint)
    return endpointAnswer({ identity: parts.identity, record, origin: new URL(c.req.url).origin })
  }
}
