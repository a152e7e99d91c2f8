import { stat } from 'node:fs/promises'
import { kindAt } from '../azure/kindAt.ts'
import { uploadFiles } from '../azure/upload.ts'
import { InputError } from '../errors.ts'
import type { DataPlace } from './dataPlace.ts'
import { localFiles } from './localFiles.ts'
import { locateModel } from './modelLocation.ts'
import { parseModelUri } from './modelUri.ts'
import { openDatastore } from './openDatastore.ts'
import type { Workspace } from './workspace.ts'

/** What a job is to read, where the workspace can read it. */
export interface JobInput extends DataPlace {
  /** For people: what was meant. */
  readonly description: string
  /** Bytes that were sent now; those that were sent by an earlier run are not sent again. */
  readonly uploadedBytes: number
}

export type InputKind = 'auto' | 'folder' | 'file'

/** Where data of a user's lies in a datastore, below which every content has a folder of its own. */
const uploadFolder = 'azureml-cd/data'

const registeredData = /^azureml:([a-zA-Z0-9][\w.-]*)(?::([\w.-]+)|@latest)$/
const dataId = /^(?:azureml:\/{0,2})?\/?subscriptions\/.+\/workspaces\/[^/]+\/data\/([^/]+)\/versions\/([^/]+)$/i
const elsewhere = /^(?:https|wasbs|abfss?|adl):\/\//i

/**
 * Finds what a user names as the input of a job: registered data (`azureml:NAME:VERSION`), a place in a datastore
 * (`azureml://datastores/NAME/paths/PATH`), the output of a job, any address of a storage account, or a file or folder
 * of this machine, which is uploaded to the default datastore unless its content already is there. Throws an InputError
 * for what does not exist. In a dry run nothing is sent.
 */
export async function jobInput(
  workspace: Workspace,
  given: string,
  { kind = 'auto', dryRun }: { readonly kind?: InputKind; readonly dryRun: boolean },
): Promise<JobInput> {
  const data = registeredData.exec(given) ?? dataId.exec(given)
  if (data) return registered(workspace, { name: data[1] ?? '', version: data[2] })
  if (elsewhere.test(given)) return { kind: kindOf(kind, given), uri: given, description: given, uploadedBytes: 0 }
  if (/^\/subscriptions\/.+\/datastores\/[^/]+\/paths\//i.test(given))
    return inDatastore(workspace, `azureml:${given}`, kind)
  // Longer than one letter, because that is a drive of Windows.
  if (/^[a-z]{2,}:/i.test(given)) return inDatastore(workspace, given, kind)
  return uploaded(workspace, given, dryRun)
}

/** A storage account is not asked: it may be one that only the cluster may read. */
function kindOf(kind: InputKind, address: string): 'folder' | 'file' {
  if (kind !== 'auto') return kind
  return /\.[a-z0-9]{1,10}$/i.test(new URL(address).pathname) ? 'file' : 'folder'
}

async function registered(
  workspace: Workspace,
  { name, version }: { readonly name: string; readonly version: string | undefined },
): Promise<JobInput> {
  const found = version === undefined ? await workspace.data.latest(name) : await workspace.data.get(name, version)
  if (!found)
    throw new InputError(
      `There is no ${version === undefined ? '' : `version "${version}" of the `}data "${name}" in the workspace "${workspace.address.workspace}".`,
    )
  if (!/^uri_/i.test(found.type))
    throw new InputError(
      `The data "${name}" is of the type "${found.type}"; batch endpoints read files and folders (uri_file, uri_folder).`,
    )
  const kind = found.type.toLowerCase() === 'uri_file' ? 'file' : 'folder'
  return { kind, uri: found.id, description: `the data ${name}:${found.version}`, uploadedBytes: 0 }
}

async function inDatastore(workspace: Workspace, given: string, kind: InputKind): Promise<JobInput> {
  const uri = parseModelUri(given)
  if (uri.kind !== 'datastore' && uri.kind !== 'job-output' && uri.kind !== 'run')
    throw new InputError(`"${given}" is the address of a model, not of data.`)
  const { datastore: name, path } = await locateModel(workspace, uri)
  const datastore = await workspace.datastores.get(name)
  if (!datastore)
    throw new InputError(`There is no datastore "${name}" in the workspace "${workspace.address.workspace}".`)
  const place = { uri: `${datastore.id}/paths/${path}`, description: given, uploadedBytes: 0 }
  // Only blobs can be looked at from here.
  if (datastore.type.toLowerCase() !== 'azureblob') return { ...place, kind: kind === 'file' ? 'file' : 'folder' }
  const container = await openDatastore(workspace, datastore)
  const found = await kindAt({ container, path, signal: workspace.connection.host.signal })
  if (!found) throw new InputError(`There is nothing at "${given}" (datastore "${name}", path "${path}").`)
  return { ...place, kind: kind === 'auto' ? found : kind }
}

async function uploaded(workspace: Workspace, path: string, dryRun: boolean): Promise<JobInput> {
  const files = await localFiles(path)
  const kind = (await stat(path)).isDirectory() ? 'folder' : 'file'
  const datastore = await workspace.datastores.default()
  const address = (inside: string) => `${datastore.id}/paths/${inside}`
  const description = `${files.length} ${files.length === 1 ? 'file' : 'files'} of ${path}`
  if (dryRun) return { kind, uri: address(uploadFolder), description, uploadedBytes: 0 }
  const { host } = workspace.connection
  const container = await openDatastore(workspace, datastore)
  const { prefix, sentBytes } = await uploadFiles({
    ...{ container, prefix: uploadFolder, files, signal: host.signal },
    progress: (progress) => host.progress(progress),
  })
  const uri = address(kind === 'file' ? `${prefix}/${files[0]?.path}` : prefix)
  return { kind, uri, description, uploadedBytes: sentBytes }
}
