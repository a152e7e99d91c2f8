import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer } from 'node:https'
import { exportJWK, SignJWT } from 'jose'
import type { FederatedCredential } from '../../../emulator/identity/clientAssertion.ts'
import { certificates } from '../../../emulator/tls/certificates.ts'
import { jobToken } from '../agentEnvironment.ts'

export const issuer = 'https://vstoken.dev.azure.com/7b2d4c1e-0000-4000-8000-00000000000a'
export const subject = 'sc://contoso/Models in production/azure-by-federation'

/** Gives out a job's tokens for workload identity federation, as Azure DevOps does (azure-devops.md 4), over HTTPS. */
export class OidcServer {
  readonly caFile: string
  /** The identifiers of all tokens that were given out. */
  readonly given: string[] = []
  /** Requests that Azure DevOps would have refused. */
  readonly refused: string[] = []
  readonly #server: Server
  readonly #key = generateKeyPairSync('rsa', { modulusLength: 2048 })

  constructor(folder: string, connectionId: string) {
    const { certificate, key, caFile } = certificates(folder)
    this.caFile = caFile
    this.#server = createServer({ cert: certificate, key }, (request, response) => {
      const url = new URL(request.url ?? '', this.uri)
      const right =
        request.method === 'POST' &&
        url.pathname.endsWith('/oidctoken') &&
        url.searchParams.get('api-version') === '7.1' &&
        url.searchParams.get('serviceConnectionId') === connectionId &&
        request.headers.authorization === `Bearer ${jobToken}`
      if (!right) {
        this.refused.push(`${request.method} ${request.url}`)
        response.writeHead(401).end('{}')
        return
      }
      this.#token().then((oidcToken) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ oidcToken })),
      )
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** `SYSTEM_OIDCREQUESTURI` of the job. */
  get uri(): string {
    const address = this.#server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    return `https://127.0.0.1:${port}/contoso/project/_apis/distributedtask/hubs/build/plans/plan/jobs/job/oidctoken`
  }

  async credential(trusted = subject): Promise<FederatedCredential> {
    const key = { ...(await exportJWK(this.#key.publicKey)), kty: 'RSA', kid: 'one', alg: 'RS256' }
    return { issuer, subject: trusted, keys: { keys: [key] } }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Lives for minutes only, far shorter than a deployment. */
  #token(): Promise<string> {
    const id = randomUUID()
    this.given.push(id)
    return new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'one' })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience('api://AzureADTokenExchange')
      .setJti(id)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime('5m')
      .sign(this.#key.privateKey)
  }
}

/** Gives out the tokens of a machine's identity, as the metadata service of virtual machines does. */
export class MetadataService {
  readonly asked: string[] = []
  readonly #server: Server

  constructor(token: (scope: string) => Promise<string>) {
    this.#server = createHttpServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://metadata')
      const resource = url.searchParams.get('resource') ?? ''
      if (request.headers.metadata !== 'true') {
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_request"}')
        return
      }
      this.asked.push(`${url.pathname} ${url.searchParams.get('client_id') ?? '(the only identity)'}`)
      token(`${resource}/.default`).then((access_token) => {
        const expires = Math.floor(Date.now() / 1000) + 3600
        const body = { access_token, resource, token_type: 'Bearer', expires_in: '3600', expires_on: String(expires) }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
