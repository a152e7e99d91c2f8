import type { BlockBlobClient } from '@azure/storage-blob'
import { AzureError } from './armError.ts'
import { type BlobContainer, blobError } from './blobs.ts'

/** Under this metadata key a blob carries the digest of its content, in hexadecimal. */
export const digestMetadataKey = 'azuremlcd_sha256'

/** What a container holds under a name. */
export interface RemoteFile {
  /** The blob's whole name. */
  readonly name: string
  readonly size: number
  readonly etag: string
  /** False while blocks were staged but the blob never completed. */
  readonly committed: boolean
  /** The digest that an upload of ours left behind; hexadecimal. */
  readonly sha256?: string | undefined
}

/** Everything below a folder of the container, by blob name. */
export async function remoteFiles(options: {
  readonly container: BlobContainer
  readonly prefix: string
  readonly signal: AbortSignal
}): Promise<ReadonlyMap<string, RemoteFile>> {
  const { container, prefix, signal } = options
  const found = new Map<string, RemoteFile>()
  const listing = { abortSignal: signal, includeMetadata: true, includeUncommitedBlobs: true }
  try {
    for await (const blob of container.client.listBlobsFlat({
      ...(prefix ? { prefix: `${prefix}/` } : {}),
      ...listing,
    })) {
      // Folders of accounts with a hierarchical namespace show up as empty blobs.
      if (blob.metadata?.hdi_isfolder === 'true') continue
      const { name, metadata, properties } = blob
      const { contentLength: size = 0, etag } = properties
      const sha256 = metadata?.[digestMetadataKey]
      // An uncommitted blob is listed with no bytes; an empty one of ours carries its digest.
      found.set(name, { name, size, etag, committed: size > 0 || sha256 !== undefined, sha256 })
    }
  } catch (failure) {
    signal.throwIfAborted()
    throw blobError(`listing ${container.url}/${prefix}`, failure)
  }
  return found
}

/** Ids and sizes of the blocks that are staged for a blob and not part of it yet. */
export async function stagedBlocks(options: {
  readonly blob: BlockBlobClient
  readonly signal: AbortSignal
}): Promise<ReadonlyMap<string, number>> {
  const { blob, signal } = options
  try {
    const { uncommittedBlocks = [] } = await blob.getBlockList('uncommitted', { abortSignal: signal })
    return new Map(uncommittedBlocks.map(({ name, size }) => [name, size]))
  } catch (failure) {
    signal.throwIfAborted()
    const error = blobError(`reading the staged blocks of ${blob.name}`, failure)
    if (error instanceof AzureError && error.status === 404) return new Map()
    throw error
  }
}
