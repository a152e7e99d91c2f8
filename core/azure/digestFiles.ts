import type { DigestedFile } from '../trust/digest.ts'
import { readBlocks, type SourceFile } from './blockReader.ts'

const blockSize = 4 * 1024 * 1024

/** Reads files once, in a worker thread, and digests each. Memory is bounded whatever their size. */
export async function digestFiles(options: {
  readonly files: readonly SourceFile[]
  readonly signal: AbortSignal
}): Promise<readonly DigestedFile[]> {
  const { files, signal } = options
  const digested: DigestedFile[] = []
  for await (const block of readBlocks({ files, blockSize, slots: 4, signal })) {
    block.release()
    const file = files[block.file]
    if (!block.last || !file) continue
    const { path, size } = file
    digested.push({ path, size, sha256: Buffer.from(block.id, 'base64').toString('hex') })
  }
  return digested
}
