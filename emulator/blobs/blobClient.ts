import { Agent } from 'node:https'
import type { BlobServiceClient, RequestPolicyFactory, StorageSharedKeyCredential } from '@azure/storage-blob'
import { controlHeader } from '../http/controlRoutes.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** The emulator's own way to its blobs: over HTTPS with the account's key, as everybody's. */
export interface BlobClient {
  readonly service: BlobServiceClient
  readonly credential: StorageSharedKeyCredential
}

/** The storage library is loaded at the first use: it takes longer to load than everything else together. */
export function blobClient(options: {
  readonly identity: WorkspaceIdentity
  readonly url: string
  readonly ca: string
}): () => Promise<BlobClient> {
  let client: Promise<BlobClient> | undefined
  const make = async (): Promise<BlobClient> => {
    const { BlobServiceClient, newPipeline, StorageSharedKeyCredential } = await import('@azure/storage-blob')
    const { storageAccount, storageKey, controlToken } = options.identity
    const agent = new Agent({ ca: options.ca, keepAlive: true })
    // This process cannot be started with NODE_EXTRA_CA_CERTS for an authority that it has just made.
    const trustOwnAuthority: RequestPolicyFactory = {
      create: (next) => ({
        sendRequest: (request) => {
          request.agent = agent
          request.headers.set(controlHeader, controlToken)
          return next.sendRequest(request)
        },
      }),
    }
    const credential = new StorageSharedKeyCredential(storageAccount, storageKey)
    const pipeline = newPipeline(credential)
    pipeline.factories.unshift(trustOwnAuthority)
    return { service: new BlobServiceClient(`${options.url}/${storageAccount}`, pipeline), credential }
  }
  return () => {
    client ??= make()
    return client
  }
}
