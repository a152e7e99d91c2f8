import { AzureError } from './armError.ts'
import { type BlobContainer, blobError } from './blobs.ts'

/** What is at a place of a container; undefined when there is nothing. One request or two, however much is there. */
export async function kindAt(place: {
  readonly container: BlobContainer
  /** Without slashes around it; empty is the whole container. */
  readonly path: string
  readonly signal: AbortSignal
}): Promise<'folder' | 'file' | undefined> {
  const { container, path, signal } = place
  const doing = `looking for ${container.url}/${path}`
  try {
    const below = container.client.listBlobsFlat({ ...(path ? { prefix: `${path}/` } : {}), abortSignal: signal })
    for await (const { segment } of below.byPage({ maxPageSize: 1 })) {
      if (segment.blobItems.length > 0) return 'folder'
      break
    }
    if (path === '') return undefined
    await container.client.getBlobClient(path).getProperties({ abortSignal: signal })
    return 'file'
  } catch (failure) {
    signal.throwIfAborted()
    const error = blobError(doing, failure)
    if (error instanceof AzureError && error.status === 404) return undefined
    throw error
  }
}
