import type { BatchDeployment } from './batchDeployment.ts'
import type { BatchEndpoint } from './batchEndpoints.ts'
import type { Workspace } from './workspace.ts'

/** A batch endpoint and its deployments at one moment. */
export interface BatchService {
  readonly endpoint: BatchEndpoint
  readonly deployments: readonly BatchDeployment[]
}

/** Reads a service once no change of its endpoint is under way; undefined when there is no such endpoint. */
export async function readBatchService(workspace: Workspace, name: string): Promise<BatchService | undefined> {
  const endpoint = await workspace.batchEndpoints.settled(name)
  if (!endpoint) return undefined
  const deployments: BatchDeployment[] = []
  for await (const deployment of workspace.batchDeployments.list(name)) deployments.push(deployment)
  return { endpoint, deployments }
}

/** The deployment that runs what names no other. */
export function defaultDeploymentOf({ endpoint, deployments }: BatchService): BatchDeployment | undefined {
  return deployments.find(({ name }) => name === endpoint.defaultDeployment)
}
