import { createRequire } from 'node:module'
import type { CertificateFiles } from './certificateFiles.ts'
import { serveProgram } from './program.ts'

export interface AzuriteServer {
  /** The account's address. */
  readonly url: string
  readonly accountName: string
  readonly key: string
  stop(): Promise<void>
}

// Every Azurite has this account with this key; it is in its documentation.
const accountName = 'devstoreaccount1'
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/**
 * Starts an Azurite, over HTTPS where certificates are given. It keeps its blobs in memory, so that no disk takes part in
 * what is measured.
 */
export async function startAzurite(certificates: CertificateFiles | undefined): Promise<AzuriteServer> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
  const tls = certificates ? ['--cert', certificates.certificateFile, '--key', certificates.keyFile] : []
  const quiet = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence']
  const served = await serveProgram({
    command: process.execPath,
    args: [program, '--blobPort', '0', ...quiet, ...tls],
    ready: /successfully listens on/,
  })
  const address = /https?:\/\/\S+/.exec(served.line)?.[0]
  if (!address) throw new Error(`Azurite did not say where it listens but: ${served.line}`)
  return { url: `${address}/${accountName}`, accountName, key, stop: served.stop }
}
