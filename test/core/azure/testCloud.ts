import { webcrypto } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { HttpClient } from '@azure/core-rest-pipeline'
import type { ExecutionContext } from 'ava'
import type { Clock } from '../../../core/azure/clock.ts'
import { trustingHttpClient } from '../../../core/azure/httpClient.ts'
import type { WorkspaceHost } from '../../../core/workspace/connection.ts'

export interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Breaks the connection instead of answering. */
  readonly broken?: boolean
}

export interface TestCloud {
  readonly url: string
  readonly certificate: string
  readonly httpClient: HttpClient
  readonly requests: Seen[]
  readonly secrets: string[]
  readonly debug: string[]
  readonly host: WorkspaceHost
}

/**
 * A cloud over real HTTPS that answers as the test says. It describes itself at `/metadata/endpoints`; everything else
 * must carry the token `token-of-the-test`.
 */
export async function startTestCloud(
  t: ExecutionContext,
  answer: (request: Seen, count: number) => Answer | Promise<Answer>,
): Promise<TestCloud> {
  const { key, cert } = await certificate()
  const requests: Seen[] = []
  const counts = new Map<string, number>()
  let url = ''
  const server: Server = createServer({ key, cert }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const address = new URL(request.url ?? '/', url)
    const text = Buffer.concat(chunks).toString()
    const seen = {
      method: request.method ?? '',
      url: address,
      headers: request.headers,
      body: text && JSON.parse(text),
    }
    const reply = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(body === undefined ? undefined : JSON.stringify(body))
    if (address.pathname === '/metadata/endpoints') {
      const authentication = { loginEndpoint: `${url}/adfs`, audiences: [url] }
      return reply(200, { authentication, suffixes: { storage: 'localhost' } })
    }
    requests.push(seen)
    if (request.headers.authorization !== 'Bearer token-of-the-test')
      return reply(401, { error: { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' } })
    const place = `${seen.method} ${address.pathname}`
    const count = (counts.get(place) ?? 0) + 1
    counts.set(place, count)
    const { status = 200, body, headers, broken } = await answer(seen, count)
    if (broken) return response.destroy()
    return reply(status, body, headers)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${portOf(server)}`
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const secrets: string[] = []
  const debug: string[] = []
  const silent = () => undefined
  const host: WorkspaceHost = {
    credential: async () => ({
      getToken: async () => ({ token: 'token-of-the-test', expiresOnTimestamp: Date.now() + 3_600_000 }),
    }),
    log: { debug: (message) => debug.push(message), info: silent, warning: silent, error: silent },
    signal: new AbortController().signal,
    secret: (value) => secrets.push(value),
    progress: silent,
  }
  return { url, certificate: cert, httpClient: trustingHttpClient([cert]), requests, secrets, debug, host }
}

/** A clock on which a pause takes no time but is remembered. */
export function instantClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = []
  let now = Date.UTC(2026, 0, 1)
  return {
    pauses,
    now: () => now,
    async pause(milliseconds, signal) {
      signal?.throwIfAborted()
      pauses.push(milliseconds)
      now += milliseconds
    },
  }
}

export function portOf(server: { address(): string | AddressInfo | null }): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server does not listen.')
  return address.port
}

let made: Promise<{ readonly key: string; readonly cert: string }> | undefined

/** A certificate for 127.0.0.1 that is its own authority. */
export function certificate() {
  made ??= makeCertificate()
  return made
}

async function makeCertificate() {
  await import('./reflectMetadata.ts')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const signed = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=azureml-cd tests',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
  return { key, cert: signed.toString('pem') }
}
