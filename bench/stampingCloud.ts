import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { CertificateFiles } from './certificateFiles.ts'

/** When something arrived for the first time; `performance.now()` of this process. */
export interface Arrivals {
  /** A request for a token. */
  readonly token?: number | undefined
  /** A request for a resource, with a token. */
  readonly resource?: number | undefined
}

export interface StampingCloud {
  readonly url: string
  readonly tenant: string
  /** Forgets what came before. */
  forget(): void
  readonly arrivals: Arrivals
  /** Resolves when a request for a resource has come. */
  resourceAsked(): Promise<void>
  close(): void
}

const tenant = '11111111-2222-4333-8444-555555555555'
const start = '/subscriptions/'

/**
 * As little of a cloud as a client needs until it asks for its first resource: it describes itself, signs in whoever
 * comes, in the way of Entra and in that of AD FS, and notes when what arrived. Every resource is unknown to it.
 */
export async function startStampingCloud(files: CertificateFiles): Promise<StampingCloud> {
  let arrivals: Arrivals = {}
  let url = ''
  let tell = () => {}
  const server = createServer({ cert: readFileSync(files.certificateFile), key: readFileSync(files.keyFile) })
  server.on('request', (request: IncomingMessage, response) => {
    const now = performance.now()
    const { pathname } = new URL(request.url ?? '/', url)
    const isToken = pathname.endsWith('/token')
    // A list of subscriptions is part of signing in with az; what is below one is a resource.
    const isResource = pathname.startsWith(start) && request.headers.authorization !== undefined
    arrivals = {
      token: arrivals.token ?? (isToken ? now : undefined),
      resource: arrivals.resource ?? (isResource ? now : undefined),
    }
    request.resume()
    request.once('end', () => {
      const { status, body } = answerTo(pathname, url)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      if (isResource) tell()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The cloud of the benchmark does not listen.')
  url = `https://localhost:${address.port}`
  return {
    ...{ url, tenant },
    forget() {
      // What is still on its way belongs to what came before.
      server.closeAllConnections()
      arrivals = {}
    },
    get arrivals() {
      return arrivals
    },
    resourceAsked: () =>
      new Promise((resolve) => {
        tell = resolve
      }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answerTo(pathname: string, url: string): { readonly status: number; readonly body: object } {
  const ok = (body: object) => ({ status: 200, body })
  if (pathname === '/metadata/endpoints')
    return ok({
      ...{ name: 'bench', resourceManager: url, galleryEndpoint: url, graphEndpoint: url, portalEndpoint: url },
      authentication: { loginEndpoint: url, audiences: [url] },
      suffixes: { storage: 'localhost' },
    })
  if (pathname.endsWith('/openid-configuration')) {
    const authority = `${url}${pathname.slice(0, pathname.indexOf('/.well-known'))}`
    return ok({
      ...{ issuer: authority, authorization_endpoint: `${authority}/oauth2/authorize`, jwks_uri: `${authority}/keys` },
      token_endpoint: `${authority}/oauth2/token`,
      device_authorization_endpoint: `${authority}/oauth2/devicecode`,
    })
  }
  if (pathname.endsWith('/token'))
    return ok({ token_type: 'Bearer', expires_in: 86_399, ext_expires_in: 86_399, access_token: 'token-of-the-bench' })
  if (pathname === '/subscriptions')
    return ok({
      value: [
        { ...{ id: `/subscriptions/${tenant}`, subscriptionId: tenant, tenantId: tenant }, ...subscriptionFacts },
      ],
    })
  return { status: 404, body: { error: { code: 'ResourceNotFound', message: 'There is nothing here.' } } }
}

const subscriptionFacts = { displayName: 'bench', state: 'Enabled', subscriptionPolicies: {} }
