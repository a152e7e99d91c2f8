import type { TokenCredential } from '@azure/core-auth'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  decompressResponsePolicy,
  type HttpClient,
  type Pipeline,
  type PipelineResponse,
  proxyPolicy,
  setClientRequestIdPolicy,
} from '@azure/core-rest-pipeline'
import { UserError } from '../errors.ts'
import type { Log } from '../host.ts'
import { AzureError } from './armError.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Cloud } from './clouds.ts'
import { sendWithRetries } from './retry.ts'
import { timeLimit } from './timeLimit.ts'

export const userAgent = 'azureml-cd/0.1.0'

const requestTimeoutMilliseconds = 100_000

export interface ArmRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  /** A path below the resource manager, or an absolute URL that it answered with. */
  readonly path: string
  /** What is being done, for errors: `reading the model "diabetes"`. */
  readonly doing: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For a POST that only reads, such as listKeys: it may be sent again. */
  readonly safe?: boolean | undefined
}

export interface ArmAnswer {
  readonly status: number
  /** The parsed body; undefined when there is none. */
  readonly body: unknown
  readonly response: PipelineResponse
}

/**
 * Speaks to a resource manager: tokens, retries of what may be repeated, errors that say what was being done.
 * The pipeline is put together by hand instead of from the library's defaults, because those follow redirects (which
 * would carry the token elsewhere) and retry by rules of their own.
 */
export class ArmClient {
  readonly cloud: Cloud
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly #apiVersion: string
  readonly #httpClient: HttpClient
  readonly #pipeline: Pipeline

  constructor(options: {
    readonly cloud: Cloud
    readonly apiVersion: string
    readonly credential: TokenCredential
    readonly log: Log
    readonly signal: AbortSignal
    readonly httpClient?: HttpClient | undefined
    readonly clock?: Clock | undefined
  }) {
    this.cloud = options.cloud
    this.clock = options.clock ?? systemClock
    this.log = options.log
    this.signal = options.signal
    this.#apiVersion = options.apiVersion
    this.#httpClient = options.httpClient ?? createDefaultHttpClient()
    this.#pipeline = createEmptyPipeline()
    this.#pipeline.addPolicy(proxyPolicy())
    this.#pipeline.addPolicy(decompressResponsePolicy())
    this.#pipeline.addPolicy(setClientRequestIdPolicy())
    this.#pipeline.addPolicy(
      bearerTokenAuthenticationPolicy({ credential: options.credential, scopes: options.cloud.audience }),
    )
  }

  /** Sends a request and returns its answer; throws an AzureError for every status of 400 and above. */
  async send(request: ArmRequest): Promise<ArmAnswer> {
    const { method, doing, body, headers = {}, safe = method !== 'POST' && method !== 'PATCH' } = request
    const pipelineRequest = createPipelineRequest({
      url: this.urlOf(request),
      method,
      headers: createHttpHeaders({ accept: 'application/json', 'user-agent': userAgent, ...headers }),
    })
    if (body !== undefined) {
      pipelineRequest.body = JSON.stringify(body)
      pipelineRequest.headers.set('content-type', 'application/json')
    }
    const started = this.clock.now()
    const { signal, clock, log } = this
    const attempt = () => {
      pipelineRequest.abortSignal = timeLimit(requestTimeoutMilliseconds, signal)
      return this.#pipeline.sendRequest(this.#httpClient, pipelineRequest)
    }
    const sending = safe ? sendWithRetries({ attempt, doing, signal, clock, log }) : attempt()
    const response = await sending.catch((failure: unknown) => {
      signal.throwIfAborted()
      // A host's own sentence about its sign-in.
      if (failure instanceof UserError) throw failure
      throw AzureError.fromFailure(doing, failure)
    })
    const { pathname } = new URL(pipelineRequest.url)
    log.debug(`${method} ${pathname} → ${response.status} in ${clock.now() - started} ms`)
    if (response.status >= 400) throw AzureError.fromAnswer(doing, response)
    return { status: response.status, body: bodyOf(response, doing), response }
  }

  /** The absolute URL of a request. Refuses to go to another origin than the resource manager's, token in hand. */
  urlOf({ path, query = {}, doing }: Pick<ArmRequest, 'path' | 'query' | 'doing'>): string {
    const absolute = /^[a-z]+:\/\//i.test(path)
    const url = new URL(absolute ? path : `${this.cloud.resourceManager}${path}`)
    if (url.origin !== new URL(this.cloud.resourceManager).origin)
      throw new AzureError({
        doing,
        code: 'ForeignAddress',
        reason: `The service pointed to ${url.origin}, which is not the resource manager ${this.cloud.resourceManager}; the token is not sent there.`,
      })
    if (!absolute) url.searchParams.set('api-version', this.#apiVersion)
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
    return url.href
  }
}

function bodyOf(response: PipelineResponse, doing: string): unknown {
  const text = response.bodyAsText?.trim()
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AzureError({
      doing,
      status: response.status,
      code: 'UnexpectedAnswer',
      reason: `The answer is not JSON but begins with ${JSON.stringify(text.slice(0, 80))}.`,
      cause,
    })
  }
}
