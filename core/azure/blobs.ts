import type { TokenCredential } from '@azure/core-auth'
import { type HttpClient, isRestError } from '@azure/core-rest-pipeline'
// Only types here: the library is loaded when a container is opened, because it is large and most commands need none.
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob'
import { AzureError } from './armError.ts'
import { unwrapErrorBody } from './errorBody.ts'
import { userAgent } from './pipeline.ts'
import { storageHttpClient } from './storageHttpClient.ts'

/** How a container is opened. Secrets are masked by whoever fetched them. */
export type BlobAccess =
  | { readonly kind: 'account-key'; readonly accountName: string; readonly key: string }
  | { readonly kind: 'sas'; readonly token: string }
  | { readonly kind: 'identity'; readonly credential: TokenCredential }

export interface BlobContainer {
  readonly client: ContainerClient
  /** For people and errors: the address without its signature. */
  readonly url: string
  /** True over TLS, which needs more memory for every byte in flight. */
  readonly secure: boolean
  readonly access: BlobAccess
  readonly httpClient: HttpClient | undefined
}

/** The blob service as the storage library addresses it: by host name, by path where the host is this machine or an IP address. */
export function blobServiceUrl(options: {
  readonly accountName: string
  /** For instance `core.windows.net` or `127.0.0.1:10000`. */
  readonly endpoint: string
  readonly protocol?: string | undefined
}): string {
  const { accountName, endpoint, protocol = 'https' } = options
  const { hostname, host } = new URL(`${protocol}://${endpoint}`)
  const byPath = hostname === 'localhost' || hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
  return byPath ? `${protocol}://${host}/${accountName}` : `${protocol}://${accountName}.blob.${host}`
}

/** Opens a container; nothing is sent yet. */
export async function openContainer(options: {
  /** The container's address, without a signature. */
  readonly url: string
  readonly access: BlobAccess
  readonly httpClient?: HttpClient | undefined
}): Promise<BlobContainer> {
  const { url, access, httpClient } = options
  const { AnonymousCredential, ContainerClient, newPipeline, StorageSharedKeyCredential } = await import(
    '@azure/storage-blob'
  )
  const pipelineOptions: StoragePipelineOptions = {
    userAgentOptions: { userAgentPrefix: userAgent },
    retryOptions: { maxTries: 6, retryDelayInMs: 500, maxRetryDelayInMs: 20_000 },
    ...(httpClient ? { httpClient: storageHttpClient(httpClient) } : {}),
  }
  const credential =
    access.kind === 'account-key'
      ? new StorageSharedKeyCredential(access.accountName, access.key)
      : access.kind === 'identity'
        ? access.credential
        : new AnonymousCredential()
  const address = access.kind === 'sas' ? `${url}?${access.token}` : url
  const client = new ContainerClient(address, newPipeline(credential, pipelineOptions))
  return { client, url, secure: new URL(url).protocol === 'https:', access, httpClient }
}

/** A failure of the storage library in the words of the rest of the product. */
export function blobError(doing: string, failure: unknown): Error {
  if (!isRestError(failure) || failure.statusCode === undefined) return AzureError.fromFailure(doing, failure)
  const { code, message } = unwrapErrorBody(failure.response?.bodyAsText ?? '')
  return new AzureError({
    doing,
    status: failure.statusCode,
    code: code ?? failure.code ?? failure.response?.headers.get('x-ms-error-code'),
    reason: message ?? failure.message.split('\n')[0] ?? '',
    correlationId: failure.response?.headers.get('x-ms-request-id'),
    cause: failure,
  })
}
