import { randomUUID } from 'node:crypto'
import type { BlobClient } from '../blobs/blobClient.ts'
import { type WorkspaceParts, workspacePath } from './workspaceParts.ts'

const dayMilliseconds = 24 * 3600 * 1000

/** A container of its own for an upload that becomes an asset's data, with a signature that opens only this one. */
export async function pendingUpload(options: {
  readonly parts: WorkspaceParts
  /** Where the client reaches this server. */
  readonly origin: string
}): Promise<unknown> {
  const { identity, blobs } = options.parts
  const name = randomUUID()
  const { service } = await blobs()
  await service.getContainerClient(name).create()
  const signature = await containerSignature({ blobs, container: name, hours: 24 })
  const blobUri = `${options.origin}/${identity.storageAccount}/${name}`
  return {
    pendingUploadId: name,
    pendingUploadType: 'TemporaryBlobReference',
    blobReferenceForConsumption: {
      blobUri,
      storageAccountArmId: `${workspacePath(identity).replace(/\/providers\/.*/, '')}/providers/Microsoft.Storage/storageAccounts/${identity.storageAccount}`,
      credential: { credentialType: 'SAS', sasUri: `${blobUri}?${signature}` },
    },
  }
}

/** A shared access signature for reading, writing, listing and deleting in one container. */
export async function containerSignature(options: {
  readonly blobs: () => Promise<BlobClient>
  readonly container: string
  readonly hours: number
}): Promise<string> {
  const { ContainerSASPermissions, generateBlobSASQueryParameters, SASProtocol } = await import('@azure/storage-blob')
  const { credential } = await options.blobs()
  return generateBlobSASQueryParameters(
    {
      containerName: options.container,
      permissions: ContainerSASPermissions.parse('racwdl'),
      protocol: SASProtocol.Https,
      // A little back, for clocks that are behind.
      startsOn: new Date(Date.now() - 300_000),
      expiresOn: new Date(Date.now() + (options.hours / 24) * dayMilliseconds),
    },
    credential,
  ).toString()
}
