import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificates } from '../emulator/tls/certificates.ts'

export interface CertificateFiles {
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

/** A certificate for 127.0.0.1 and localhost with the authority that made it, as files for servers and rivals. */
export function certificateFiles(folder: string): CertificateFiles {
  mkdirSync(folder, { recursive: true })
  const { ca, certificate, key } = certificates(join(folder, 'authority'))
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  return {
    caFile: file('ca.pem', ca),
    certificateFile: file('certificate.pem', certificate),
    keyFile: file('key.pem', key),
  }
}
