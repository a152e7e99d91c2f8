import { createHash } from 'node:crypto'

/** One file of a model, told by what it holds. */
export interface DigestedFile {
  /** Relative, with slashes. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/**
 * The content digest of a set of files, hexadecimal: SHA-256 over one line for each, sorted by the bytes of its path:
 * `path NUL size NUL sha256 LF`. The order of the files does not matter; a renamed file is a change.
 */
export function contentDigest(files: readonly DigestedFile[]): string {
  const hash = createHash('sha256')
  for (const { path, size, sha256 } of sortedByPath(files)) hash.update(`${path}\0${size}\0${sha256}\n`)
  return hash.digest('hex')
}

/** The same files in the order of the bytes of their paths. */
function sortedByPath(files: readonly DigestedFile[]): readonly DigestedFile[] {
  return [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

/**
 * The root digest of the OpenSSF model signing specification, hexadecimal: SHA-256 over the digests of the files, as
 * bytes, in the order of their paths. It holds no names.
 */
export function modelSigningDigest(files: readonly DigestedFile[]): string {
  const hash = createHash('sha256')
  for (const { sha256 } of sortedByPath(files)) hash.update(Buffer.from(sha256, 'hex'))
  return hash.digest('hex')
}
