import { randomFillSync } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { mebibyte } from './benchmark.ts'

/** A file of random bytes, as a model's weights are: nothing on the way can compress it or find it twice. */
export function modelFile(folder: string, size: number): string {
  const path = join(folder, `model-${size}.bin`)
  const descriptor = openSync(path, 'w')
  const piece = Buffer.allocUnsafe(4 * mebibyte)
  for (let written = 0; written < size; ) {
    randomFillSync(piece)
    written += writeSync(descriptor, piece, 0, Math.min(piece.length, size - written))
  }
  closeSync(descriptor)
  return path
}

/** A file that says that it is large and takes no room on the disk. */
export function sparseFile(folder: string, size: number): string {
  const path = join(folder, `sparse-${size}.bin`)
  const descriptor = openSync(path, 'w')
  ftruncateSync(descriptor, size)
  closeSync(descriptor)
  return path
}
