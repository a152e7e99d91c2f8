import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { UserError } from '../../core/errors.ts'
import { TokenRefusal } from './tokenRefusal.ts'

/** Another issuer whose tokens the workspace's service principal may sign in with, as a pipeline does. */
export interface FederatedCredential {
  readonly issuer: string
  readonly subject: string
  /** Default: `api://AzureADTokenExchange`. */
  readonly audience?: string | undefined
  /** The issuer's public keys: a JSON Web Key Set, or the address of one. */
  readonly keys: JsonWebKeys | URL
}

/** A JSON Web Key Set (RFC 7517, 5). */
export interface JsonWebKeys {
  readonly keys: readonly Readonly<Record<string, unknown> & { readonly kty: string }>[]
}

export const exchangeAudience = 'api://AzureADTokenExchange'

/** Clocks may differ by so much, as with Entra. */
const clockToleranceSeconds = 300

/**
 * Checks what a client signs instead of showing a secret (RFC 7523): an assertion of its own, signed with the key of
 * a registered certificate, or a token of a registered issuer.
 */
export class ClientAssertions {
  readonly #clientId: string
  readonly #certificates: readonly RegisteredCertificate[]
  readonly #federated: readonly RegisteredIssuer[]

  /** `certificates` are PEM texts; of a chain the first counts. Throws `UserError` for text that is no certificate. */
  constructor(options: {
    readonly clientId: string
    readonly certificates: readonly string[]
    readonly federated: readonly FederatedCredential[]
  }) {
    this.#clientId = options.clientId
    this.#certificates = options.certificates.map(registered)
    this.#federated = options.federated.map((credential) => ({ ...credential, key: keySource(credential.keys) }))
  }

  /** Throws `TokenRefusal`. `audiences` are the addresses of this token service. */
  async verify(assertion: string, audiences: readonly string[]): Promise<void> {
    const { header, payload } = read(assertion)
    const certificate = this.#certificateOf(header)
    // Tokens of other issuers may name a certificate as well, but none of ours.
    if (certificate !== undefined || payload.iss === this.#clientId)
      await this.#verifySignedByCertificate(assertion, { header, payload, audiences, certificate })
    else await this.#verifyFederated(assertion, payload)
  }

  #certificateOf({ x5t, 'x5t#S256': x5tS256, x5c }: JoseHeader): RegisteredCertificate | undefined {
    return this.#certificates.find(
      ({ sha1, sha256, der }) =>
        unpadded(x5t) === sha1 || unpadded(x5tS256) === sha256 || (Array.isArray(x5c) && x5c[0] === der),
    )
  }

  async #verifySignedByCertificate(
    assertion: string,
    said: Assertion & {
      readonly audiences: readonly string[]
      readonly certificate: RegisteredCertificate | undefined
    },
  ): Promise<void> {
    const { header, payload, audiences, certificate } = said
    if (certificate === undefined)
      throw refused(
        700027,
        `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${String(header.x5t ?? header['x5t#S256'] ?? '')}']`,
      )
    if (certificate.validTo.getTime() < Date.now())
      throw refused(700027, `The certificate used to sign the client assertion expired on ${certificate.validTo}.`)
    if (payload.iss !== this.#clientId || payload.sub !== this.#clientId)
      throw refused(
        700021,
        `Client assertion application identifier doesn't match 'client_id' parameter. Expected: '${this.#clientId}', Actual: '${payload.sub}'.`,
      )
    await verified(assertion, () => certificate.key, {
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
      audience: [...audiences],
    })
  }

  async #verifyFederated(assertion: string, { iss, sub, aud }: JWTPayload): Promise<void> {
    const ofIssuer = this.#federated.filter(({ issuer }) => issuer === iss)
    if (ofIssuer.length === 0)
      throw refused(
        700211,
        `No matching federated identity record found for presented assertion issuer '${iss}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
      )
    const credential = ofIssuer.find(({ subject }) => subject === sub)
    if (credential === undefined)
      throw refused(700213, `No matching federated identity record found for presented assertion subject '${sub}'.`)
    const audience = credential.audience ?? exchangeAudience
    if (![aud].flat().includes(audience))
      throw refused(700212, `No matching federated identity record found for presented assertion audience '${aud}'.`)
    await verified(assertion, credential.key, { issuer: credential.issuer, subject: credential.subject, audience })
  }
}

/** Older MSAL for Python pads the digest of the certificate with `=`. */
function unpadded(digest: unknown): string | undefined {
  return typeof digest === 'string' ? digest.replace(/=+$/, '') : undefined
}

type JoseHeader = ReturnType<typeof decodeProtectedHeader>

interface Assertion {
  readonly header: JoseHeader
  readonly payload: JWTPayload
}

interface RegisteredCertificate {
  readonly key: KeyObject
  readonly validTo: Date
  /** The digests of the certificate, as assertions name it, and the certificate itself in base64. */
  readonly sha1: string
  readonly sha256: string
  readonly der: string
}

type RegisteredIssuer = FederatedCredential & { readonly key: JWTVerifyGetKey }

function registered(pem: string): RegisteredCertificate {
  try {
    const { raw, publicKey, validTo } = new X509Certificate(pem)
    const digest = (algorithm: string): string => createHash(algorithm).update(raw).digest('base64url')
    const [sha1, sha256] = [digest('sha1'), digest('sha256')]
    return { key: publicKey, validTo: new Date(validTo), sha1, sha256, der: raw.toString('base64') }
  } catch (cause) {
    throw new UserError('A client certificate of the embedded workspace is not a certificate in PEM.', { cause })
  }
}

function keySource(keys: JsonWebKeys | URL): JWTVerifyGetKey {
  return keys instanceof URL ? createRemoteJWKSet(keys) : createLocalJWKSet({ keys: [...keys.keys] })
}

function read(assertion: string): Assertion {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) }
  } catch {
    throw refused(50027, 'JWT token is invalid or malformed.')
  }
}

async function verified(
  assertion: string,
  key: JWTVerifyGetKey | (() => KeyObject),
  rules: JWTVerifyOptions,
): Promise<void> {
  try {
    await jwtVerify(assertion, async (header, token) => key(header, token), {
      ...rules,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'aud', 'iss', 'sub'],
    })
  } catch (error) {
    if (
      error instanceof errors.JWTExpired ||
      (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
    )
      throw refused(
        700024,
        `Client assertion is not within its valid time range. Current time: ${new Date().toISOString()}.`,
      )
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
      throw refused(700023, 'Client assertion audience claim does not match Realm issuer.')
    throw refused(
      700027,
      `Client assertion failed signature validation.${error instanceof Error ? ` [Reason - ${error.message}]` : ''}`,
    )
  }
}

function refused(number: number, description: string): TokenRefusal {
  return new TokenRefusal({ error: 'invalid_client', number, description })
}
