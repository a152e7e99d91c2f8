import { type BlobAccess, type BlobContainer, blobServiceUrl, openContainer } from '../azure/blobs.ts'
import { InputError } from '../errors.ts'
import type { Datastore } from './datastores.ts'
import type { Workspace } from './workspace.ts'

/** Opens the blob container of a datastore: with what the datastore holds, else with the user's own token. */
export async function openDatastore(workspace: Workspace, datastore: Datastore): Promise<BlobContainer> {
  const { name, accountName, containerName, endpoint, protocol } = datastore
  if (!accountName || !containerName)
    throw new InputError(`The datastore "${name}" is of type ${datastore.type}; only blob containers hold models here.`)
  const url = `${blobServiceUrl({ accountName, endpoint, protocol })}/${containerName}`
  const { httpClient } = workspace.connection
  return openContainer({ url, access: await accessTo(workspace, datastore, accountName), httpClient })
}

async function accessTo(workspace: Workspace, datastore: Datastore, accountName: string): Promise<BlobAccess> {
  const secrets = await workspace.datastores.secrets(datastore)
  switch (secrets.kind) {
    case 'account-key':
      return { kind: 'account-key', accountName, key: secrets.key }
    case 'sas':
      return { kind: 'sas', token: secrets.token }
    case 'none': {
      const { authorityHost, custom } = await workspace.connection.cloud()
      return { kind: 'identity', credential: await workspace.connection.host.credential({ authorityHost, custom }) }
    }
  }
}
