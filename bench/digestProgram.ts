// Digests one file: as our engine does, or in the plainest way there is, reading and digesting in one thread.
//
//   node digestProgram.js '{"path", "way": "engine" | "plain"}'
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { z } from 'zod'
import { digestFiles } from '../core/azure/digestFiles.ts'
import { mebibyte } from './benchmark.ts'

const { path, way } = z
  .object({ path: z.string(), way: z.enum(['engine', 'plain']) })
  .parse(JSON.parse(process.argv[2] ?? ''))

async function byEngine(): Promise<string | undefined> {
  const files = [{ path: 'model.bin', absolutePath: path, size: statSync(path).size }]
  const [digested] = await digestFiles({ files, signal: new AbortController().signal })
  return digested?.sha256
}

function plainly(): string {
  const descriptor = openSync(path, 'r')
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafeSlow(mebibyte)
  for (let length = readSync(descriptor, piece); length > 0; length = readSync(descriptor, piece))
    hash.update(piece.subarray(0, length))
  closeSync(descriptor)
  return hash.digest('hex')
}

const started = performance.now()
const sha256 = way === 'engine' ? await byEngine() : plainly()
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, sha256 }))
