import { Readable } from 'node:stream'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { AzureError } from './armError.ts'
import type { BlobContainer } from './blobs.ts'
import { systemClock } from './clock.ts'
import { userAgent } from './pipeline.ts'
import { sendWithRetries } from './retry.ts'
import { withinTime } from './timeLimit.ts'

// A block may be on a slow line for long; this only ends connections that hang.
const blockTimeoutMilliseconds = 600_000
const signatureLifeMilliseconds = 6 * 3_600_000

/**
 * Sends the blocks of large files, and the list that makes a blob of them. The storage library does everything else;
 * here its twenty policies and its signature over every request's headers cost a tenth of the throughput, as measured
 * against a server that throws the bytes away. So a shared key is turned into a signature in the address once, and a
 * request passes through the proxy policy alone.
 */
export class BlockSender {
  readonly #container: BlobContainer
  readonly #httpClient: HttpClient
  readonly #pipeline: Pipeline
  #signature: { readonly query: Promise<string>; readonly until: number } | undefined

  constructor(container: BlobContainer) {
    this.#container = container
    this.#httpClient = container.httpClient ?? createDefaultHttpClient()
    this.#pipeline = createEmptyPipeline()
    this.#pipeline.addPolicy(proxyPolicy())
    const { access } = container
    if (access.kind === 'identity')
      this.#pipeline.addPolicy(
        bearerTokenAuthenticationPolicy({
          credential: access.credential,
          scopes: 'https://storage.azure.com/.default',
        }),
      )
  }

  /** Stages a block under its id, again where that failed for a while. Throws an AzureError. */
  async stage(options: {
    readonly blob: string
    readonly id: string
    readonly bytes: Buffer
    readonly signal: AbortSignal
  }): Promise<void> {
    const { blob, id, bytes, signal } = options
    await this.#put({
      ...{ blob, bytes, signal, headers: {} },
      query: `comp=block&blockid=${encodeURIComponent(id)}`,
      doing: `uploading a block of ${blob}`,
    })
  }

  /**
   * Makes a new blob of staged blocks, in the order of their ids. Throws an AzureError, also when the blob exists. The
   * library needs ten times the list's length to write it, which for 50,000 blocks would be the peak of all memory.
   */
  async commit(options: {
    readonly blob: string
    readonly ids: readonly string[]
    readonly metadata: Readonly<Record<string, string>>
    readonly signal: AbortSignal
  }): Promise<void> {
    const { blob, ids, metadata, signal } = options
    // Ids are base64, in which XML has nothing to escape.
    const list = ids.map((id) => `<Latest>${id}</Latest>`).join('')
    const named = Object.entries(metadata).map(([key, value]): [string, string] => [`x-ms-meta-${key}`, value])
    await this.#put({
      ...{ blob, signal, query: 'comp=blocklist', doing: `completing ${blob}` },
      bytes: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`),
      headers: { 'content-type': 'application/xml; charset=UTF-8', 'if-none-match': '*', ...Object.fromEntries(named) },
    })
  }

  async #put(options: {
    readonly blob: string
    readonly query: string
    readonly bytes: Buffer
    readonly headers: Readonly<Record<string, string>>
    readonly doing: string
    readonly signal: AbortSignal
  }): Promise<void> {
    const { blob, query, bytes, headers, doing, signal } = options
    const path = blob.split('/').map(encodeURIComponent).join('/')
    const request = createPipelineRequest({
      url: `${this.#container.url}/${path}?${query}${await this.#authorization()}`,
      method: 'PUT',
      body: this.#container.secure ? () => inPieces(bytes) : bytes,
      allowInsecureConnection: !this.#container.secure,
      headers: createHttpHeaders({
        'content-length': String(bytes.length),
        'user-agent': userAgent,
        'x-ms-version': '2021-12-02',
        ...headers,
      }),
    })
    const send = (limited: AbortSignal) => {
      request.abortSignal = limited
      return this.#pipeline.sendRequest(this.#httpClient, request)
    }
    const attempt = () => withinTime({ milliseconds: blockTimeoutMilliseconds, signal, work: send })
    const response = await sendWithRetries({ attempt, doing, signal, clock: systemClock }).catch((failure: unknown) => {
      signal.throwIfAborted()
      throw AzureError.fromFailure(doing, failure)
    })
    if (response.status !== 201) throw AzureError.fromAnswer(doing, response)
  }

  async #authorization(): Promise<string> {
    const { access } = this.#container
    if (access.kind === 'identity') return ''
    if (access.kind === 'sas') return `&${access.token}`
    const now = Date.now()
    if (!this.#signature || this.#signature.until < now + signatureLifeMilliseconds / 2)
      this.#signature = { query: this.#sign(access, now), until: now + signatureLifeMilliseconds }
    return `&${await this.#signature.query}`
  }

  async #sign(access: { readonly accountName: string; readonly key: string }, now: number): Promise<string> {
    const { ContainerSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } = await import(
      '@azure/storage-blob'
    )
    const expiresOn = new Date(now + signatureLifeMilliseconds)
    const permissions = ContainerSASPermissions.parse('cw')
    const { containerName } = this.#container.client
    const credential = new StorageSharedKeyCredential(access.accountName, access.key)
    return generateBlobSASQueryParameters({ containerName, permissions, expiresOn }, credential).toString()
  }
}

/**
 * Over TLS a body that is handed over whole is encrypted whole, into a second block of memory; in pieces only one piece
 * is. In the clear nothing is copied, and pieces would only cost time.
 */
function inPieces(bytes: Buffer): Readable {
  const pieceSize = 65_536
  let sent = 0
  return new Readable({
    highWaterMark: pieceSize,
    read() {
      const from = sent
      sent = Math.min(from + pieceSize, bytes.length)
      this.push(from < sent ? bytes.subarray(from, sent) : null)
    },
  })
}
