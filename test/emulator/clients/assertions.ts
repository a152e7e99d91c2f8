import { createHash, generateKeyPairSync, type KeyObject, randomUUID, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import { certificate } from '../../../emulator/tls/certificate.ts'

/** A key with a certificate, as an application's owner makes them. */
export interface ClientCertificate {
  readonly key: KeyObject
  /** Certificate and key, as Microsoft's clients read them from a file. */
  readonly pem: string
  readonly certificate: string
  /** The digests by which assertions name it. */
  readonly sha1: Buffer
  readonly sha256: Buffer
}

export function clientCertificate(options: { readonly days?: number } = {}): ClientCertificate {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const issuer = { subject: 'issuer', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }
  const purpose = { kind: 'server', names: [{ kind: 'dns', name: 'pipeline.example' }] } as const
  const text = certificate({ subject: 'pipeline', key: privateKey, issuer, days: options.days ?? 2, purpose })
  const { raw } = new X509Certificate(text)
  const digest = (algorithm: string): Buffer => createHash(algorithm).update(raw).digest()
  return {
    key: privateKey,
    pem: `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${text}`,
    certificate: text,
    sha1: digest('sha1'),
    sha256: digest('sha256'),
  }
}

/** What a client signs to prove who it is (RFC 7523). */
export function assertion(options: {
  readonly key: KeyObject
  readonly algorithm: string
  readonly header?: Readonly<Record<string, string>>
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly expiresInSeconds?: number
}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg: options.algorithm, typ: 'JWT', ...options.header })
    .setIssuer(options.issuer)
    .setSubject(options.subject)
    .setAudience(options.audience)
    .setJti(randomUUID())
    .setNotBefore(now - 3_600)
    .setExpirationTime(now + (options.expiresInSeconds ?? 600))
    .sign(options.key)
}
