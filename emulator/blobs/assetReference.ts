import type { VersionRecord } from '../state/records.ts'
import type { AssetKind, WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** A version of an asset of this workspace, or of a registry. */
export interface AssetReference {
  readonly registry?: string
  readonly kind: AssetKind
  readonly name: string
  readonly version: string
}

const kinds: readonly AssetKind[] = ['models', 'codes', 'environments', 'data']

/**
 * Which asset a deployment or a URI means: an ARM id, with or without `azureml:` in front, or
 * `azureml://locations/L/workspaces/<guid>/models/N/versions/V`, or `azureml://registries/R/models/N/versions/V`.
 * Undefined for everything else, for instance for assets of other workspaces.
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
  const [, registry, ...inRegistry] =
    /^azureml:\/\/registries\/([^/]+)\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(uri) ?? []
  if (registry !== undefined) {
    const [kind = '', name = '', version = ''] = inRegistry
    const found = reference(kind, name, version)
    return found && { ...found, registry }
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

/** What a reference leads to; undefined when it does not exist here. */
export function assetVersion(state: WorkspaceState, reference: AssetReference): VersionRecord | undefined {
  const { registry, kind, name, version } = reference
  return registry === undefined
    ? state.assets[kind].versions.get(`${name}/${version}`)
    : state.registryAssets[kind].versions.get(`${registry}/${name}/${version}`)
}

/** The first of some references to an asset that should be here and is not; other registries are not known here. */
export function missingAsset(
  uris: readonly (string | null | undefined)[],
  workspace: { readonly state: WorkspaceState; readonly identity: WorkspaceIdentity },
): string | undefined {
  const { state, identity } = workspace
  for (const uri of uris) {
    const found = uri ? assetReference(uri, identity) : undefined
    if (!found || assetVersion(state, found)) continue
    const { registry, kind, name, version } = found
    if (registry === undefined) return `${kind}/${name}/versions/${version}`
    if (state.tracked.registries.get(registry)) return `registries/${registry}/${kind}/${name}/versions/${version}`
  }
  return undefined
}
