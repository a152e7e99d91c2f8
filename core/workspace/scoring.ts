import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { AzureError } from '../azure/armError.ts'
import { userAgent } from '../azure/pipeline.ts'
import { InputError } from '../errors.ts'

export interface ScoringRequest {
  readonly scoringUri: string
  /** A key, an endpoint token or an Entra token; endpoints without authentication need none. */
  readonly bearer?: string | undefined
  /** Sends the request to this deployment, whatever the traffic says. */
  readonly deployment?: string | undefined
  /** `POST` when missing. */
  readonly method?: 'POST' | 'GET' | 'OPTIONS' | undefined
  readonly body?: string | Uint8Array | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** `application/json` when missing. */
  readonly contentType?: string | undefined
  /** 60 s when missing. */
  readonly timeoutSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly httpClient?: HttpClient | undefined
  /** The name that the certificate must have, where it is not the address's. */
  readonly serverName?: string | undefined
  /** Sends the key although the address is not https: the service was made so. */
  readonly allowsPlain?: boolean | undefined
}

export interface ScoringAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** From the first byte sent to the last one received. */
  readonly milliseconds: number
}

/**
 * Sends one request to a scoring URI and returns whatever is answered, error statuses included. Never repeats it.
 * Throws an InputError for a secret over plain http, and an AzureError when no answer came.
 */
export async function score(request: ScoringRequest): Promise<ScoringAnswer> {
  const {
    scoringUri,
    bearer,
    deployment,
    body,
    method = 'POST',
    headers = {},
    contentType = 'application/json',
    timeoutSeconds = 60,
    signal,
  } = request
  const { httpClient = createDefaultHttpClient() } = request
  const insecure = new URL(scoringUri).protocol !== 'https:'
  if (insecure && bearer && !request.allowsPlain)
    throw new InputError(`The scoring address ${scoringUri} is not https; the key or token is not sent there.`)
  const limit = AbortSignal.timeout(timeoutSeconds * 1000)
  const pipelineRequest = createPipelineRequest({
    url: scoringUri,
    method,
    ...(body === undefined ? {} : { body }),
    allowInsecureConnection: insecure,
    abortSignal: signal ? AbortSignal.any([signal, limit]) : limit,
    headers: createHttpHeaders({
      'content-type': contentType,
      'user-agent': userAgent,
      ...headers,
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(deployment ? { 'azureml-model-deployment': deployment } : {}),
    }),
  })
  if (request.serverName !== undefined) pipelineRequest.requestOverrides = { servername: request.serverName }
  const started = performance.now()
  try {
    const response = await pipelineTo(scoringUri).sendRequest(httpClient, pipelineRequest)
    const milliseconds = performance.now() - started
    return {
      status: response.status,
      headers: response.headers.toJSON(),
      body: response.bodyAsText ?? '',
      milliseconds,
    }
  } catch (failure) {
    signal?.throwIfAborted()
    const doing = deployment ? `scoring on the deployment "${deployment}"` : `scoring at ${scoringUri}`
    if (!limit.aborted) throw AzureError.fromFailure(doing, failure)
    throw new AzureError({
      doing,
      code: 'TimedOut',
      reason: `No complete answer came within ${timeoutSeconds} s.`,
      cause: failure,
    })
  }
}

const direct = createEmptyPipeline()
let proxied: Pipeline | undefined

/** The way through the proxy of the environment, as all requests to Azure take it; to this machine there is none. */
function pipelineTo(scoringUri: string): Pipeline {
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(scoringUri).hostname)) return direct
  if (!proxied) {
    proxied = createEmptyPipeline()
    proxied.addPolicy(proxyPolicy())
  }
  return proxied
}
