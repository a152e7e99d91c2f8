import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** The datastores every workspace has, and the containers behind them, named as Azure names them. */
export function datastoreContainers(identity: WorkspaceIdentity): ReadonlyMap<string, string> {
  return new Map([
    ['workspaceblobstore', `azureml-blobstore-${identity.workspaceId}`],
    ['workspaceartifactstore', 'azureml'],
  ])
}
