import { type BlobAccess, type BlobContainer, blobServiceUrl, openContainer } from '../azure/blobs.ts'
import { InputError } from '../errors.ts'
import type { Datastore } from './datastores.ts'
import type { Workspace } from './workspace.ts'

/**
 * Opens the container of a blob datastore: with the secret that the workspace keeps for it, or as the user when it keeps
 * none. Throws an InputError for datastores of other kinds.
 */
export async function openDatastore(workspace: Workspace, datastore: Datastore): Promise<BlobContainer> {
  const { name, type, accountName, containerName, endpoint, protocol } = datastore
  if (type.toLowerCase() !== 'azureblob')
    throw new InputError(`The datastore "${name}" is of the kind "${type}"; only blob datastores are read and written.`)
  const url = `${blobServiceUrl({ accountName, endpoint, protocol })}/${containerName}`
  const { connection } = workspace
  return openContainer({ url, access: await accessTo(workspace, datastore), httpClient: connection.httpClient })
}

async function accessTo(workspace: Workspace, datastore: Datastore): Promise<BlobAccess> {
  const secrets = await workspace.datastores.secrets(datastore)
  if (secrets.kind === 'account-key') return { ...secrets, accountName: datastore.accountName }
  if (secrets.kind === 'sas') return secrets
  return { kind: 'identity', credential: await workspace.connection.credential() }
}
