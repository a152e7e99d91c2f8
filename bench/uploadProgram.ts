// Uploads one file with our engine, in a process of its own, and prints how long that took and the peak of memory.
//
//   node uploadProgram.js '{"path", "url", "access", "caFile", "stopAfter"}'
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { openContainer } from '../core/azure/blobs.ts'
import { trustingHttpClient } from '../core/azure/httpClient.ts'
import { uploadFiles } from '../core/azure/upload.ts'
import { peakMemory } from './peakMemory.ts'

const given = z
  .object({
    path: z.string(),
    url: z.string(),
    access: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('account-key'), accountName: z.string(), key: z.string() }),
      z.object({ kind: z.literal('sas'), token: z.string() }),
    ]),
    caFile: z.string().optional(),
    /** Bytes after which it is enough: the file's beginning tells as much as the whole. */
    stopAfter: z.number().optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const { path, url, access, caFile, stopAfter = Number.POSITIVE_INFINITY } = given
const enough = new AbortController()
let sent = 0
const httpClient = caFile === undefined ? undefined : trustingHttpClient([readFileSync(caFile, 'utf8')])
const container = await openContainer({ url, access, httpClient })
// Opening loads the storage library and sends nothing; the rivals have loaded theirs by now, too.
const started = performance.now()
try {
  await uploadFiles({
    container,
    prefix: 'bench',
    files: [{ path: 'model.bin', absolutePath: path, size: statSync(path).size }],
    signal: enough.signal,
    progress: ({ done }) => {
      sent = done
      if (done >= stopAfter) enough.abort()
    },
  })
} catch (error) {
  if (!enough.signal.aborted) throw error
}
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, sent, peakMemory: peakMemory() }))
