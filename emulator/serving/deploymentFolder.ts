import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assetReference, assetVersion } from '../blobs/assetReference.ts'
import { blobAddress } from '../blobs/blobAddress.ts'
import type { BlobClient } from '../blobs/blobClient.ts'
import { downloadBlobs } from '../blobs/downloadBlobs.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import type { DeploymentContent } from './deploymentContent.ts'

/** A deployment's files on this machine. */
export interface DeploymentFolder {
  readonly code: string
  /** Laid out `<model>/<version>/<file or folder>`. */
  readonly modelsRoot: string
  readonly models: readonly { readonly name: string; readonly version: string }[]
}

/**
 * Brings the code and the model of a deployment here, once: what a killed process has left half done is begun again,
 * what is whole is used again. What is done is told in `storage.log`. Throws when something cannot be had.
 */
export async function deploymentFolder(options: {
  /** Of this one generation; absolute. */
  readonly folder: string
  readonly content: DeploymentContent
  readonly workspace: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState }
  readonly blobs: () => Promise<BlobClient>
  readonly signal: AbortSignal
}): Promise<DeploymentFolder> {
  const { folder, content, workspace, signal } = options
  if (content.code === undefined)
    throw new Error('The deployment has no code. Deployments without a scoring script are not run by this emulator.')
  const model = content.model === undefined ? undefined : modelAt(content.model, workspace.identity)
  const files: DeploymentFolder = {
    code: join(folder, 'content', 'code'),
    modelsRoot: join(folder, 'content', 'azureml-models'),
    models: model === undefined ? [] : [model],
  }
  if (await isFolder(join(folder, 'content'))) return files

  const half = join(folder, 'content.new')
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { recursive: true })
  const client = await options.blobs()
  const bring = async (uri: string, to: string, keepBasename: boolean): Promise<void> => {
    await downloadBlobs({ client, address: blobAddress(uri, workspace), folder: join(half, to), keepBasename, signal })
    await appendFile(join(folder, 'storage.log'), `${new Date().toISOString()} ${uri} is in ${to}\n`)
  }
  await bring(codeUri(content.code, workspace), 'code', false)
  if (content.model !== undefined && model !== undefined)
    await bring(content.model, join('azureml-models', model.name, model.version), true)
  await rename(half, join(folder, 'content'))
  return files
}

/** A deployment may name a path instead of a registered model; Azure calls that model by made-up words as well. */
function modelAt(uri: string, identity: WorkspaceIdentity): { readonly name: string; readonly version: string } {
  const reference = assetReference(uri, identity)
  return reference?.kind === 'models'
    ? { name: reference.name, version: reference.version }
    : { name: 'model', version: '1' }
}

function codeUri(
  id: string,
  { identity, state }: { readonly identity: WorkspaceIdentity; readonly state: WorkspaceState },
): string {
  const reference = assetReference(id, identity)
  if (reference === undefined) return id
  const code = assetVersion(state, reference)
  const uri = code?.properties.codeUri
  if (typeof uri !== 'string') throw new Error(`There is no code at "${id}".`)
  return uri
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
