import type { WorkspaceParts } from '../arm/workspaceParts.ts'
import type { DeploymentFigures, RequestFigures } from '../serving/requestFigures.ts'
import type { DeploymentRecord, EndpointRecord } from '../state/records.ts'
import { modelText } from './modelText.ts'
import { shownText } from './shownText.ts'
import type { DeploymentView, ServiceView } from './snapshot.ts'

const shownServices = 50

/** The online endpoints as they are now, the newest first. */
export function serviceViews(options: {
  readonly parts: WorkspaceParts
  readonly figures: RequestFigures
  /** Where the page was opened. */
  readonly origin: string
}): readonly ServiceView[] {
  const { parts, figures, origin } = options
  const { state, serving, identity } = parts

  const deploymentView = (record: DeploymentRecord, endpoint: EndpointRecord): DeploymentView => {
    const settings = record.pending ?? record
    return {
      name: record.name,
      state: record.provisioningState,
      createdAt: record.createdAt,
      model: modelText(settings.properties.model, identity),
      instances: settings.sku.capacity,
      computeType: shownText(settings.properties.endpointComputeType),
      percent: endpoint.traffic[record.name] ?? 0,
      isUp: serving.get(endpoint.name, record.name)?.server.pool !== undefined,
      ...sinceCreated(record, figures.of(`${endpoint.name}/${record.name}`)),
    }
  }

  return [...state.endpoints.children()]
    .slice(-shownServices)
    .reverse()
    .map((endpoint) => ({
      name: endpoint.name,
      state: endpoint.provisioningState,
      authMode: endpoint.authMode,
      scoringUri: `${origin}/endpoints/${endpoint.name}/score`,
      traffic: shares(endpoint.traffic),
      mirror: shares(endpoint.mirrorTraffic),
      deployments: [...state.deployments.children(endpoint.name)].map((record) => deploymentView(record, endpoint)),
    }))
}

/** Before it was made a deployment had no figures, which is something else than 0. */
function sinceCreated({ createdAt }: DeploymentRecord, figures: DeploymentFigures): DeploymentFigures {
  const seconds = Math.max(1, Math.ceil((Date.now() - Date.parse(createdAt)) / 1000))
  const requests = figures.requests.slice(-seconds)
  return { ...figures, requests, failed: figures.failed.slice(-seconds), p95: figures.p95.slice(-seconds) }
}

function shares(traffic: Readonly<Record<string, number>>): ServiceView['traffic'] {
  return Object.entries(traffic)
    .filter(([, percent]) => percent > 0)
    .map(([deployment, percent]) => ({ deployment, percent }))
}
