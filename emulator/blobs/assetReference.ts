import type { AssetKind } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** A version of an asset of this workspace. */
export interface AssetReference {
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
}

const kinds: readonly AssetKind[] = ['models', 'codes', 'environments', 'data']

/**
 * Which asset a deployment or a URI means: an ARM id, with or without `azureml:` in front, or
 * `azureml://locations/L/workspaces/<guid>/models/N/versions/V`. Undefined for everything else, for instance for
 * assets of registries or of other workspaces.
 */
export function assetReference(uri: string, identity: WorkspaceIdentity): AssetReference | undefined {
  const found =
    /^(?:azureml:\/{0,2})?\/?subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(
      uri,
    )
  if (found) {
    const [, subscription = '', group = '', workspace = '', kind = '', name = '', version = ''] = found
    const isOwn =
      same(subscription, identity.subscriptionId) &&
      same(group, identity.resourceGroup) &&
      same(workspace, identity.workspace)
    return isOwn ? reference(kind, name, version) : undefined
  }
  const located = /^azureml:\/\/locations\/[^/]+\/workspaces\/([^/]+)\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(uri)
  const [, workspaceId = '', kind = '', name = '', version = ''] = located ?? []
  return same(workspaceId, identity.workspaceId) ? reference(kind, name, version) : undefined
}

function reference(kindText: string, name: string, version: string): AssetReference | undefined {
  const kind = kinds.find((one) => same(one, kindText))
  return kind === undefined ? undefined : { kind, name, version }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
