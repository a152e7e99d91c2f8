import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { exportJWK } from 'jose'
import type { FederatedCredential } from '../../emulator/identity/clientAssertion.ts'
import { assertion } from '../emulator/clients/assertions.ts'

export const gitHubIssuer = 'https://token.actions.githubusercontent.com'
/** As repositories made since 15 July 2026 have it. */
export const subject = 'repo:contoso@1234/models@5678:ref:refs/heads/main'

/** Stands in for the part of GitHub that tells a job who it is; what Entra does with that is the emulator's to check. */
export class TokenIssuer {
  /** Every token that was given out, in order. */
  readonly issued: string[] = []
  /** What the next tokens say, where it differs from what is trusted. */
  claims: { issuer?: string; subject?: string; audience?: string } = {}
  /** What a job must show to be given one. */
  readonly requestToken = 'request-token-of-the-job'
  readonly credential: FederatedCredential
  readonly #server: Server
  readonly #port: number

  private constructor(server: Server, port: number, credential: FederatedCredential) {
    this.#server = server
    this.#port = port
    this.credential = credential
  }

  static async start(): Promise<TokenIssuer> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kty: 'RSA', kid: 'one', alg: 'RS256' }] }
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
    const issuer = new TokenIssuer(server, port, { issuer: gitHubIssuer, subject, keys })
    server.on('request', async (request, response) => {
      if (request.headers.authorization !== `Bearer ${issuer.requestToken}`) {
        response.writeHead(401).end('{"message":"Bad credentials"}')
        return
      }
      const audience = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('audience') ?? ''
      const { claims } = issuer
      const token = await assertion({
        ...{ key: privateKey, algorithm: 'RS256', header: { kid: 'one' } },
        ...{ issuer: gitHubIssuer, subject, audience, ...claims },
      })
      issuer.issued.push(token)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ value: token }))
    })
    return issuer
  }

  /** What a job with `permissions: id-token: write` finds. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${this.#port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.requestToken,
    }
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
