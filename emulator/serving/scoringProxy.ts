import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Tokens } from '../identity/tokens.ts'
import type { EndpointRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import { chooseDeployment } from './chooseDeployment.ts'
import { LimitedBody, PayloadTooLarge, payloadLimitBytes } from './limitedBody.ts'
import { KeptBody, mirror } from './mirror.ts'
import { forwardedHeaders } from './proxyHeaders.ts'
import type { RequestFigures } from './requestFigures.ts'
import { scoringAccess } from './scoringAccess.ts'
import type { ServedDeployment, Serving } from './serving.ts'

/**
 * The scoring side of online endpoints: `/endpoints/<endpoint>/score` and whatever else a server answers. Bodies are
 * streamed both ways. Status codes are those of azureml-api.md 3.3.
 */
export function scoringProxy(options: {
  readonly state: WorkspaceState
  readonly serving: Serving
  readonly tokens: Tokens
  readonly figures: RequestFigures
}): {
  readonly takes: (path: string) => boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
} {
  const { state, serving, tokens, figures } = options

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, name = '', path = ''] = /^\/endpoints\/([^/?]+)(\/.*)?$/.exec(request.url ?? '') ?? []
    const endpoint = state.endpoints.get(name)
    if (endpoint === undefined || endpoint.provisioningState === 'Creating')
      return refuse(request, response, 404, `There is no endpoint "${name}".`)
    const access = await scoringAccess({ endpoint, authorization: request.headers.authorization, tokens })
    if (access !== 200) {
      const message =
        access === 401 ? 'The key or token is missing or not valid.' : 'The token is not for this endpoint.'
      return refuse(request, response, access, message)
    }
    if (Number(request.headers['content-length'] ?? 0) > payloadLimitBytes)
      return refuse(request, response, 413, new PayloadTooLarge().message)
    // From the choice until the request is counted nothing waits: a deployment that is retired afterwards knows of it.
    const chosen = choose(endpoint, request.headers['azureml-model-deployment'])
    if ('refusal' in chosen) return refuse(request, response, chosen.status, chosen.refusal)
    const { deployment, served, limit } = chosen
    response.setHeader('azureml-model-deployment', deployment)
    const started = performance.now()
    const count = (): void => {
      const failed = response.statusCode !== 200 || !response.writableEnded
      figures.count(`${name}/${deployment}`, { milliseconds: performance.now() - started, failed })
    }
    if (served.server.inFlight >= limit) {
      refuse(request, response, 429, `More than ${limit} requests are pending at the deployment "${deployment}".`)
      return count()
    }
    const mirrored = typeof request.headers['azureml-model-deployment'] === 'string' ? undefined : mirrorOf(endpoint)
    const kept = mirrored && new KeptBody()
    const leave = served.server.enter()
    try {
      await forward({ request, response, served, path: path === '' ? '/' : path, kept })
    } finally {
      leave()
      count()
    }
    if (mirrored === undefined || kept === undefined || !request.complete) return
    const { method = 'GET' } = request
    const body = method === 'POST' ? kept.content : null
    const copy = { path: path === '' ? '/' : path, method, headers: forwardedHeaders(request.headers), body }
    const { deployment: to, ...target } = mirrored
    void mirror({ ...target, key: `${name}/${to}`, copy, figures })
  }

  /** Whether a request is also sent to a deployment that takes mirrored traffic, and to which. */
  const mirrorOf = (endpoint: EndpointRecord): Chosen | undefined => {
    const chance = Math.random() * 100
    const total = Object.values(endpoint.mirrorTraffic).reduce((sum, percent) => sum + percent, 0)
    if (chance >= total) return undefined
    const choice = choose(endpoint, chooseDeployment(endpoint.mirrorTraffic, chance / total))
    return 'refusal' in choice ? undefined : choice
  }

  const choose = (endpoint: EndpointRecord, pinned: string | string[] | undefined): Choice => {
    const name = typeof pinned === 'string' ? pinned : chooseDeployment(endpoint.traffic, Math.random())
    if (name === undefined)
      return {
        status: 404,
        refusal: `The endpoint "${endpoint.name}" doesn't have any valid deployment with positive weight.`,
      }
    const record = state.deployments.get(`${endpoint.name}/${name}`)
    if (!record?.served)
      return { status: 404, refusal: `The endpoint "${endpoint.name}" has no deployment "${name}" that serves.` }
    const served = serving.get(endpoint.name, name)
    if (served?.server.pool === undefined) return { status: 503, refusal: `The deployment "${name}" is being started.` }
    return {
      deployment: name,
      served,
      limit: 2 * served.maxConcurrentRequestsPerInstance * record.served.sku.capacity,
    }
  }

  return {
    takes: (path) => path.startsWith('/endpoints/'),
    handle: (request, response) => {
      handle(request, response).catch(() => response.destroy())
    },
  }
}

interface Chosen {
  readonly deployment: string
  readonly served: ServedDeployment
  readonly limit: number
}
type Choice = Chosen | { readonly status: number; readonly refusal: string }

async function forward(exchange: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly served: ServedDeployment
  readonly path: string
  /** Remembers the body on its way. */
  readonly kept: KeptBody | undefined
}): Promise<void> {
  const { request, response, served, path, kept } = exchange
  const pool = served.server.pool
  const started = performance.now()
  const method = request.method ?? 'GET'
  // The connection's own limit is checked about once in a second only.
  const tooSlow = new AbortController()
  const patience = setTimeout(() => tooSlow.abort(), served.requestTimeoutMilliseconds)
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  try {
    await pool?.stream(
      {
        path,
        method: method as 'GET',
        headers: forwardedHeaders(request.headers),
        body: !hasBody
          ? null
          : request.headers['content-length'] !== undefined && kept === undefined
            ? request
            : request.pipe(kept ?? new LimitedBody()),
        headersTimeout: 0,
        signal: tooSlow.signal,
      },
      ({ statusCode, headers }) => {
        clearTimeout(patience)
        const milliseconds = (performance.now() - started).toFixed(1)
        response.writeHead(statusCode === 200 ? 200 : 424, {
          ...forwardedHeaders(headers),
          'x-request-id': randomUUID(),
          'ms-azureml-model-time': milliseconds,
          ...(statusCode === 200
            ? {}
            : {
                'ms-azureml-model-error-statuscode': String(statusCode),
                'ms-azureml-model-error-reason': 'model_error',
              }),
        })
        return response
      },
    )
  } catch (error) {
    if (response.headersSent) response.destroy()
    else if (tooSlow.signal.aborted)
      refuse(request, response, 408, `The model did not answer in ${served.requestTimeoutMilliseconds} ms.`)
    else if (error instanceof PayloadTooLarge) refuse(request, response, 413, error.message)
    else if (request.destroyed && !request.complete) response.destroy()
    else refuse(request, response, 502, 'The connection to the model server was lost.')
  } finally {
    clearTimeout(patience)
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  // What is left of a body is read away, so that the connection can be used again; a large one is not waited for.
  if (status === 413) response.setHeader('connection', 'close')
  request.resume()
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': randomUUID() })
  response.end(JSON.stringify({ error: { code: String(status), message } }))
}
