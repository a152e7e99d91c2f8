import { createHmac } from 'node:crypto'
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  decompressResponsePolicy,
  type HttpClient,
  type HttpMethods,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { RestApiClient } from 'azure-iothub/dist/common-http/rest_api_client.js'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import type { Log } from '../host.ts'
import { AzureError } from './armError.ts'
import type { Clock } from './clock.ts'
import type { HubSignIn } from './hubSignIn.ts'
import { userAgent } from './pipeline.ts'
import { sendWithRetries } from './retry.ts'
import { timeLimit } from './timeLimit.ts'

/** For whom tokens are that the service side of an IoT hub takes. */
const audience = 'https://iothubs.azure.net/.default'
const signatureSeconds = 3600
const requestTimeoutMilliseconds = 100_000

export interface HubAccess {
  /** Host name, with a port where it is not 443. */
  readonly host: string
  readonly signIn: HubSignIn
  readonly log: Log
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly httpClient: HttpClient | undefined
}

type Arguments = Parameters<RestApiClient['executeApiCall']>
type Done = (error: Error | null, body?: unknown, response?: unknown) => void

/**
 * Sends what Microsoft's client asks for: through proxies, again after failures that pass, with our errors. Its own
 * transport does none of these, takes no port, and writes bodies, which hold passwords of registries, to a debug log.
 */
export class HubTransport extends RestApiClient {
  readonly #access: HubAccess
  readonly #doing: string

  constructor(access: HubAccess, doing: string) {
    super({ host: access.host, sharedAccessSignature: 'by-transport' }, userAgent)
    this.#access = access
    this.#doing = doing
  }

  override executeApiCall(...[method, path, headers, body, ...rest]: Arguments): void {
    const done = callbackIn(rest)
    this.#send(method, path, headers ?? {}, body).then(
      (answer) => done(null, answer.body, { statusCode: answer.status }),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }

  async #send(
    method: HttpMethods,
    path: string,
    headers: Readonly<Record<string, unknown>>,
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const { host, signal, clock, log, httpClient = createDefaultHttpClient() } = this.#access
    const doing = this.#doing
    const pipeline = createEmptyPipeline()
    pipeline.addPolicy(proxyPolicy())
    pipeline.addPolicy(decompressResponsePolicy())
    const request = createPipelineRequest({
      url: `https://${host}${path}`,
      method,
      headers: createHttpHeaders({
        ...texts.parse(headers),
        ...{ accept: 'application/json', 'user-agent': userAgent, authorization: await this.#authorization() },
      }),
    })
    if (body !== undefined && body !== null) request.body = JSON.stringify(body)
    const attempt = () => {
      request.abortSignal = timeLimit(requestTimeoutMilliseconds, signal)
      return pipeline.sendRequest(httpClient, request)
    }
    // Creating a deployment again is refused as a conflict, and everything else may be done twice.
    const response = await sendWithRetries({ attempt, doing, signal, clock, log }).catch((failure: unknown) => {
      signal.throwIfAborted()
      throw failure instanceof UserError ? failure : AzureError.fromFailure(doing, failure)
    })
    log.debug(`${method} https://${host}${path.split('?')[0]} → ${response.status}`)
    if (response.status >= 300) throw AzureError.fromAnswer(doing, response)
    const text = response.bodyAsText?.trim()
    try {
      return { status: response.status, body: text ? JSON.parse(text) : '' }
    } catch (cause) {
      const reason = 'The answer is not JSON.'
      throw new AzureError({ doing, status: response.status, code: 'UnexpectedAnswer', reason, cause })
    }
  }

  async #authorization(): Promise<string> {
    const { host, signIn, clock } = this.#access
    if (signIn.kind === 'entra') {
      const token = await signIn.credential.getToken(audience).catch((failure: unknown) => {
        throw AzureError.fromFailure(this.#doing, failure)
      })
      return `Bearer ${token?.token ?? ''}`
    }
    const resource = encodeURIComponent(host)
    const expiry = Math.floor(clock.now() / 1000) + signatureSeconds
    const signature = createHmac('sha256', Buffer.from(signIn.key, 'base64'))
      .update(`${resource}\n${expiry}`)
      .digest('base64')
    return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(signIn.name)}`
  }
}

/** The last one given: what stands before it may be left out. */
function callbackIn(given: readonly unknown[]): Done {
  return given.find((one): one is Done => typeof one === 'function') ?? (() => undefined)
}

const texts = z.record(z.string(), z.coerce.string())
