import type { EndpointRecord } from '../state/records.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { envelope } from './envelope.ts'

/** An online endpoint as clients see it. While an update runs, what it changes is not seen yet. */
export function endpointAnswer(options: {
  readonly identity: WorkspaceIdentity
  readonly record: EndpointRecord
  /** Where the client reaches this server. */
  readonly origin: string
}): unknown {
  const { identity, record, origin } = options
  const isReachable = record.provisioningState !== 'Creating'
  const { location, tags, kind } = record
  return envelope({
    identity,
    record,
    path: ['onlineEndpoints', record.name],
    name: record.name,
    tracked: {
      location,
      tags,
      kind,
      identity: record.identity ?? {
        type: 'SystemAssigned',
        principalId: identity.objectId,
        tenantId: identity.tenantId,
      },
    },
    properties: {
      description: record.description,
      authMode: record.authMode,
      properties: { ...record.properties, 'azureml.onlineendpointid': record.id },
      scoringUri: isReachable ? `${origin}/endpoints/${record.name}/score` : null,
      swaggerUri: isReachable ? `${origin}/endpoints/${record.name}/swagger.json` : null,
      compute: record.compute,
      publicNetworkAccess: record.publicNetworkAccess,
      traffic: record.traffic,
      mirrorTraffic: record.mirrorTraffic,
      provisioningState: record.provisioningState,
    },
  })
}
