import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { der } from './der.ts'

const ecdsaWithSha256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'))

/** What a certificate is for. */
export type Purpose = { readonly kind: 'authority' } | { readonly kind: 'server'; readonly names: readonly Name[] }

/** A name that a server certificate is good for. */
export type Name = { readonly kind: 'dns'; readonly name: string } | { readonly kind: 'ip'; readonly bytes: Uint8Array }

/**
 * An X.509 v3 certificate (RFC 5280) in PEM for a P-256 key, signed by `issuer`. Key usage and the key identifiers are
 * in it because strict verifiers (Python 3.13) ask for them.
 */
export function certificate(options: {
  readonly subject: string
  /** The public part is taken. */
  readonly key: KeyObject
  readonly issuer: { readonly subject: string; readonly key: KeyObject }
  readonly days: number
  readonly purpose: Purpose
}): string {
  const { subject, issuer, days, purpose } = options
  const publicKey = createPublicKey(options.key)
  // An hour back, for clocks that are a little behind.
  const from = new Date(Date.now() - 3600 * 1000)
  const until = new Date(Date.now() + days * 24 * 3600 * 1000)
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer.subject),
    der.sequence(der.time(from), der.time(until)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, der.sequence(...extensions(purpose, publicKey, createPublicKey(issuer.key)))),
  )
  const signed = der.sequence(body, ecdsaWithSha256, der.bitString(sign('sha256', body, issuer.key)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function commonName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.identifier('2.5.4.3'), der.text(name))))
}

function extensions(purpose: Purpose, own: KeyObject, issuer: KeyObject): readonly Buffer[] {
  const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
    der.sequence(der.identifier(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value))
  const basicConstraints = (value: Buffer): Buffer => extension('2.5.29.19', true, value)
  const keyUsage = (bits: number, unused: number): Buffer =>
    extension('2.5.29.15', true, der.bitString(Buffer.from([bits]), unused))
  const identifiers = [
    extension('2.5.29.14', false, der.octetString(keyIdentifier(own))),
    extension('2.5.29.35', false, der.sequence(der.taggedString(0, keyIdentifier(issuer)))),
  ]
  if (purpose.kind === 'authority')
    // keyCertSign and cRLSign; no authority may stand below this one.
    return [
      basicConstraints(der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
      keyUsage(0b0000_0110, 1),
      ...identifiers,
    ]
  return [
    basicConstraints(der.sequence()),
    keyUsage(0b1000_0000, 7),
    extension('2.5.29.37', false, der.sequence(der.identifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, der.sequence(...purpose.names.map(generalName))),
    ...identifiers,
  ]
}

function generalName(name: Name): Buffer {
  return name.kind === 'dns' ? der.taggedString(2, Buffer.from(name.name)) : der.taggedString(7, name.bytes)
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}
