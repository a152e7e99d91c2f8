import { join } from 'node:path'
import { z } from 'zod'
import type { BenchContext } from './benchmark.ts'
import { runProgram } from './program.ts'

const outcome = z.object({ seconds: z.number(), sent: z.number(), peakMemory: z.number() })

/** How an upload of ours went. */
export interface OurUpload {
  /** Of the upload itself. */
  readonly seconds: number
  /** Of the whole process, from its start to its end. */
  readonly processSeconds: number
  readonly sent: number
  /** Bytes. */
  readonly peakMemory: number
}

/** Uploads a file in a process of its own. */
export async function ourUpload(
  { programs }: BenchContext,
  given: {
    readonly path: string
    readonly url: string
    readonly access:
      | { readonly kind: 'account-key'; readonly accountName: string; readonly key: string }
      | { readonly kind: 'sas'; readonly token: string }
    readonly caFile?: string | undefined
    readonly stopAfter?: number | undefined
  },
): Promise<OurUpload> {
  const { stdout, seconds } = await runProgram({
    command: process.execPath,
    args: [join(programs, 'uploadProgram.js'), JSON.stringify(given)],
  })
  return { ...outcome.parse(JSON.parse(stdout)), processSeconds: seconds }
}
