import type { BlobClient } from '../blobs/blobClient.ts'
import type { ImageBuilds } from '../builds/imageBuilds.ts'
import type { EventGrid } from '../events/eventGrid.ts'
import type { Handshakes } from '../events/handshake.ts'
import type { ContainerGroups } from '../groups/containerGroups.ts'
import type { Faults } from '../http/faults.ts'
import type { Tokens } from '../identity/tokens.ts'
import type { BatchJobs } from '../serving/batchJobs.ts'
import type { Serving } from '../serving/serving.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import type { Operations } from './operations.ts'

/** What the routes of the resource manager work with. */
export interface WorkspaceParts {
  readonly identity: WorkspaceIdentity
  readonly state: WorkspaceState
  readonly tokens: Tokens
  readonly faults: Faults
  readonly operations: Operations
  readonly serving: Serving
  readonly batchJobs: BatchJobs
  readonly builds: ImageBuilds
  readonly groups: ContainerGroups
  readonly events: EventGrid
  readonly handshakes: Handshakes
  readonly blobs: () => Promise<BlobClient>
  /** Is told of fields of requests that Azure does not know, if anybody wants to hear of them. */
  readonly unknownFieldLog: ((line: string) => void) | undefined
}

/** `/subscriptions/…/workspaces/<name>`, and what is below it. */
export function workspacePath(identity: WorkspaceIdentity, ...below: readonly string[]): string {
  const { subscriptionId, resourceGroup, workspace } = identity
  return [
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`,
    ...below,
  ].join('/')
}

/** The route of the workspace, for patterns. */
export const workspaceRoute =
  '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace'
