import { AzureError } from './armError.ts'
import { type BlobContainer, blobError } from './blobs.ts'
import { digestMetadataKey, type RemoteFile, remoteFiles } from './remoteFiles.ts'

/** A file in a container, and its path relative to the folder that was asked for; of a single blob, its name. */
export interface FoundFile {
  readonly remote: RemoteFile
  readonly path: string
}

/** The complete files at a place that is a folder or one blob; none when there is nothing. */
export async function filesAt(place: {
  readonly container: BlobContainer
  /** A folder in the container, or the whole name of one blob. */
  readonly prefix: string
  readonly signal: AbortSignal
}): Promise<readonly FoundFile[]> {
  const { prefix } = place
  const below = await remoteFiles(place)
  const complete = [...below.values()].filter((remote) => remote.committed || remote.etag !== '')
  if (complete.length > 0)
    return complete.map((remote) => ({ remote, path: prefix ? remote.name.slice(prefix.length + 1) : remote.name }))
  const single = await singleBlob(place)
  return single ? [{ remote: single, path: prefix.split('/').at(-1) ?? prefix }] : []
}

async function singleBlob({
  container,
  prefix: name,
  signal,
}: Parameters<typeof filesAt>[0]): Promise<RemoteFile | undefined> {
  if (name === '') return undefined
  try {
    const found = await container.client.getBlobClient(name).getProperties({ abortSignal: signal })
    const { contentLength: size = 0, etag = '', metadata } = found
    return { name, size, etag, committed: true, sha256: metadata?.[digestMetadataKey] }
  } catch (failure) {
    signal.throwIfAborted()
    const error = blobError(`looking for ${container.url}/${name}`, failure)
    if (error instanceof AzureError && error.status === 404) return undefined
    throw error
  }
}
