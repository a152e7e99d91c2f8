import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { UserError } from '../errors.ts'
import type { SourceFile } from './blockReader.ts'

const sampleSize = 64 * 1024

/**
 * A digest over the paths, the sizes and three samples of each file's content (beginning, middle, end), for telling
 * apart what is almost surely different without reading all of it: two trainings of one model have the same paths and
 * sizes. Hexadecimal. It proves nothing; equal content has it equal. Throws a UserError for files that cannot be read.
 */
export async function sampleDigest(files: readonly SourceFile[]): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(sampleSize)
  for (const { path, size, absolutePath } of files) {
    hash.update(`${path}\0${size}\n`)
    const file = await open(absolutePath, 'r').catch((cause: NodeJS.ErrnoException) => {
      throw new UserError(`The file "${path}" could not be read (${cause.code}).`, { cause })
    })
    try {
      for (const position of positions(size)) {
        const { bytesRead } = await file.read(buffer, 0, sampleSize, position)
        hash.update(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }
  return hash.digest('hex')
}

function positions(size: number): readonly number[] {
  const last = Math.max(0, size - sampleSize)
  return [...new Set([0, Math.floor(last / 2), last])]
}
