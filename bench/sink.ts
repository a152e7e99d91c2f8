import { join } from 'node:path'
import type { BenchContext } from './benchmark.ts'
import type { CertificateFiles } from './certificateFiles.ts'
import { type Served, serveProgram } from './program.ts'

/** Starts a server that throws away what it is sent; `line` is its address. */
export function startSink({ programs }: BenchContext, certificates: CertificateFiles | undefined): Promise<Served> {
  const tls = certificates ? [certificates.certificateFile, certificates.keyFile] : []
  return serveProgram({
    command: process.execPath,
    args: [join(programs, 'sinkProgram.js'), ...tls],
    ready: /^https?:/,
  })
}
