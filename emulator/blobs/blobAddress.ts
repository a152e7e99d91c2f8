import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { assetReference, assetVersion } from './assetReference.ts'

/** A blob, or all blobs below a path. `path` has no slash at its ends. */
export interface BlobAddress {
  readonly container: string
  readonly path: string
}

/** The property of an asset that says where its data is. */
const uriProperty = { models: 'modelUri', codes: 'codeUri', environments: '', data: 'dataUri' } as const

/** An address of data that leads nowhere in this workspace. */
export class AddressError extends Error {}

/**
 * Where the data behind an asset's URI lies. The forms are those of azureml-api.md 3.2:
 *
 * - `azureml://[subscriptions/…/workspaces/W/]datastores/D/paths/P`, and with the datastore's ARM id, as the
 *   documentation of batch endpoints has it
 * - `azureml://jobs/R/outputs/O/paths/P`: an output that the job's resource gives a `uri` is there; `artifacts` and
 *   `default` are in `workspaceartifactstore` below `ExperimentRun/dcid.R/`; every other name is in
 *   `workspaceblobstore` below `azureml/R/O/`, where Azure puts outputs by default
 * - `runs:/R/P`: an artifact of the job, as above
 * - a registered model or data asset of this workspace or of a registry here, in any form: where its data is
 * - the `https` address of a blob of this storage account
 *
 * Throws `AddressError`.
 */
export function blobAddress(
  uri: string,
  workspace: { readonly state: WorkspaceState; readonly identity: WorkspaceIdentity },
  depth = 0,
): BlobAddress {
  const { state, identity } = workspace
  if (depth > 8) throw new AddressError(`The address "${uri}" leads in a circle.`)
  const again = (next: string): BlobAddress => blobAddress(next, workspace, depth + 1)

  const reference = assetReference(uri, identity)
  if (reference) {
    const { [uriProperty[reference.kind]]: dataUri } = assetVersion(state, reference)?.properties ?? {}
    if (typeof dataUri !== 'string') throw new AddressError(`There is no data of an asset at "${uri}".`)
    return again(dataUri)
  }

  const inDatastore =
    /^azureml:\/\/(?:subscriptions\/.+?\/workspaces\/([^/]+)\/)?datastores\/([^/]+)(?:\/paths(?:\/(.*))?)?$/i.exec(
      uri,
    ) ??
    /^(?:azureml:)?\/subscriptions\/.+?\/workspaces\/([^/]+)\/datastores\/([^/]+)(?:\/paths(?:\/(.*))?)?$/i.exec(uri)
  if (inDatastore) {
    const [, owner, name = '', path = ''] = inDatastore
    if (owner !== undefined && owner.toLowerCase() !== identity.workspace.toLowerCase())
      throw new AddressError(`The address "${uri}" is in another workspace.`)
    const container = state.datastores.get(name)?.properties.containerName
    if (typeof container !== 'string')
      throw new AddressError(`There is no datastore "${name}" with blobs, for "${uri}".`)
    return { container, path: withoutSlashes(path) }
  }

  const ofJob =
    /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths(?:\/(.*))?)?$/i.exec(uri) ??
    /^(?:runs:\/+)([^/]+)(?:\/()(.*))?$/i.exec(uri)
  if (ofJob) {
    const [, run = '', output = '', path = ''] = ofJob
    const declared = declaredOutput(state, run, output)
    if (declared !== undefined) return again(join(declared.includes('/paths') ? declared : `${declared}/paths`, path))
    if (output === '' || output === 'artifacts' || output === 'default')
      return again(join(`azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${run}`, path))
    return again(join(`azureml://datastores/workspaceblobstore/paths/azureml/${run}/${output}`, path))
  }

  const blob = ownBlob(uri, identity)
  if (blob) return blob
  throw new AddressError(`The address "${uri}" is of no form that this workspace can read.`)
}

function declaredOutput(state: WorkspaceState, run: string, output: string): string | undefined {
  const outputs = state.jobs.get(run)?.properties.outputs
  if (typeof outputs !== 'object' || outputs === null) return undefined
  const declared: unknown = Object.entries(outputs).find(([name]) => name === output)?.[1]
  if (typeof declared !== 'object' || declared === null || !('uri' in declared)) return undefined
  return typeof declared.uri === 'string' ? declared.uri : undefined
}

/** The port is not compared: it may have been another one when the address was stored. */
function ownBlob(uri: string, identity: WorkspaceIdentity): BlobAddress | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (url?.protocol !== 'https:') return undefined
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent)
  if (!url.hostname.startsWith(`${identity.storageAccount}.blob.`) && segments.shift() !== identity.storageAccount)
    return undefined
  const [container, ...path] = segments
  return container === undefined ? undefined : { container, path: path.join('/') }
}

function join(base: string, path: string): string {
  return withoutSlashes(path) === '' ? base : `${base.replace(/\/+$/, '')}/${withoutSlashes(path)}`
}

function withoutSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}
