import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificate, type Name } from './certificate.ts'

/** What an HTTPS server needs, and what its clients must trust; all PEM. */
export interface Certificates {
  readonly ca: string
  readonly caFile: string
  readonly certificate: string
  readonly key: string
}

const dayMilliseconds = 24 * 3600 * 1000

const ownNames: readonly Name[] = [
  { kind: 'dns', name: 'localhost' },
  { kind: 'ip', bytes: Buffer.from([127, 0, 0, 1]) },
  { kind: 'ip', bytes: Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) },
]

/**
 * The certificate authority of this state folder and a server certificate for 127.0.0.1, ::1, localhost and `hosts`.
 * Both are made once and kept, their keys readable by the owner only; each is renewed a month before it ends, and the
 * server's when it lacks one of the hosts.
 */
export function certificates(folder: string, hosts: readonly string[] = []): Certificates {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const authority = storedPair({
    folder,
    name: 'ca',
    make: (key) => {
      const subject = `azureml-cd emulator ${randomBytes(4).toString('hex')}`
      return certificate({ subject, key, issuer: { subject, key }, days: 3650, purpose: { kind: 'authority' } })
    },
    isGood: () => true,
  })
  const issuer = { subject: commonNameOf(authority.certificate), key: createPrivateKey(authority.key) }
  const authorityKey = new X509Certificate(authority.certificate).publicKey
  const names = [...ownNames, ...hosts.map((name): Name => ({ kind: 'dns', name }))]
  const server = storedPair({
    folder,
    name: 'server',
    // 825 days is the most that Apple's platforms accept.
    make: (key) => certificate({ subject: 'localhost', key, issuer, days: 820, purpose: { kind: 'server', names } }),
    isGood: (stored) =>
      stored.verify(authorityKey) && hosts.every((host) => stored.checkHost(host, { subject: 'never' }) !== undefined),
  })
  return { ca: authority.certificate, caFile: join(folder, 'ca.pem'), ...server }
}

interface Pair {
  readonly certificate: string
  readonly key: string
}

function storedPair(options: {
  readonly folder: string
  readonly name: string
  readonly make: (key: KeyObject) => string
  readonly isGood: (stored: X509Certificate) => boolean
}): Pair {
  const { folder, name, make, isGood } = options
  const certificateFile = join(folder, `${name}.pem`)
  const keyFile = join(folder, `${name}-key.pem`)
  if (existsSync(certificateFile)) {
    const stored = new X509Certificate(readFileSync(certificateFile))
    if (new Date(stored.validTo).getTime() > Date.now() + 30 * dayMilliseconds && isGood(stored))
      return { certificate: stored.toString(), key: readFileSync(keyFile, 'utf8') }
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pair = {
    certificate: make(privateKey),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  // The certificate comes last and in one step: where it is, its key is whole.
  writeFileSync(keyFile, pair.key, { mode: 0o600 })
  writeFileSync(`${certificateFile}.new`, pair.certificate, { mode: 0o644 })
  renameSync(`${certificateFile}.new`, certificateFile)
  return pair
}

function commonNameOf(pem: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? ''
}
