import type { Deployment } from './deployment.ts'
import type { Endpoint } from './endpoint.ts'
import type { Workspace } from './workspace.ts'

/** An endpoint and its deployments at one moment. */
export interface Service {
  readonly endpoint: Endpoint
  readonly deployments: readonly Deployment[]
}

/** Reads a service once no change of its endpoint is under way; undefined when there is no such endpoint. */
export async function readService(workspace: Workspace, name: string): Promise<Service | undefined> {
  const endpoint = await workspace.endpoints.settled(name)
  if (!endpoint) return undefined
  const deployments: Deployment[] = []
  for await (const deployment of workspace.deployments.list(name)) deployments.push(deployment)
  return { endpoint, deployments }
}

/** Deployments with traffic, the one with most of it first. */
export function servedFirst({ endpoint, deployments }: Service): readonly Deployment[] {
  const share = ({ name }: Deployment) => endpoint.traffic[name] ?? 0
  return deployments.filter((deployment) => share(deployment) > 0).sort((a, b) => share(b) - share(a))
}

/** ARM ids are compared without regard to case. */
export function sameId(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}
