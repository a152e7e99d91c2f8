import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** Why a token was not accepted. */
export type TokenFault =
  | { readonly kind: 'expired'; readonly at: Date }
  | { readonly kind: 'audience'; readonly audience: string }
  | { readonly kind: 'invalid' }

export class TokenError extends Error {
  readonly fault: TokenFault
  constructor(fault: TokenFault) {
    super(`The token is not accepted: ${fault.kind}.`)
    this.fault = fault
  }
}

/** Signs tokens as Entra does for a service principal, and accepts no others. Keys are kept with the identity. */
export class Tokens {
  /** As resource manager tokens of Azure name it; storage checks for it too. */
  readonly issuer: string
  /** How long tokens are good for that are not asked for with another lifetime. */
  readonly lifetimeSeconds: number
  readonly #identity: WorkspaceIdentity

  constructor(identity: WorkspaceIdentity, lifetimeSeconds = 3_600) {
    this.#identity = identity
    this.lifetimeSeconds = lifetimeSeconds
    this.issuer = `https://sts.windows.net/${identity.tenantId}/`
  }

  async issue(options: {
    readonly audience: string
    readonly lifetimeSeconds?: number
    readonly claims?: Readonly<Record<string, string>>
  }): Promise<string> {
    const { clientId, objectId, tenantId, signingKey } = this.#identity
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({ appid: clientId, oid: objectId, tid: tenantId, idtyp: 'app', ver: '1.0', ...options.claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: await this.#keyId() })
      .setSubject(objectId)
      .setIssuer(this.issuer)
      .setAudience(options.audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + (options.lifetimeSeconds ?? this.lifetimeSeconds))
      .setJti(randomUUID())
      .sign(await importJWK(signingKey, 'ES256'))
  }

  /** Answers the claims. Throws `TokenError` unless signature, issuer, lifetime and audience are all right. */
  async verify(token: string, audiences: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    try {
      const { payload } = await jwtVerify(token, await this.#verifyingKey(), {
        algorithms: ['ES256'],
        issuer: this.issuer,
        requiredClaims: ['exp', 'aud', 'sub'],
      })
      const audience = String(payload.aud)
      if (!audiences.includes(audience.replace(/\/$/, ''))) throw new TokenError({ kind: 'audience', audience })
      return payload
    } catch (error) {
      if (error instanceof TokenError) throw error
      if (error instanceof errors.JWTExpired)
        throw new TokenError({ kind: 'expired', at: new Date((error.payload.exp ?? 0) * 1000) })
      throw new TokenError({ kind: 'invalid' })
    }
  }

  /** The public keys, for whoever wants to check tokens without asking. */
  async keySet(): Promise<{ readonly keys: readonly JWK[] }> {
    return { keys: [{ ...this.#publicKey(), kid: await this.#keyId() }] }
  }

  isClientSecret(clientId: string, secret: string): boolean {
    return sameText(clientId, this.#identity.clientId) && sameText(secret, this.#identity.clientSecret)
  }

  #imported: Promise<CryptoKey | Uint8Array> | undefined

  #verifyingKey(): Promise<CryptoKey | Uint8Array> {
    this.#imported ??= importJWK(this.#publicKey(), 'ES256')
    return this.#imported
  }

  #publicKey(): JWK {
    const { d: _, ...publicKey } = this.#identity.signingKey
    return publicKey
  }

  #keyId(): Promise<string> {
    return calculateJwkThumbprint(this.#publicKey())
  }
}

/** Compares in a time that tells nothing about where, or whether in length, two texts differ. */
export function sameText(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
