import { createHash } from 'node:crypto'

/** A file as it counts for digests. `sha256` is hexadecimal, `path` is relative with forward slashes. */
export interface DigestedFile {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/**
 * What a model's content is, whatever it is called and wherever it lies: SHA-256 over the lines
 * `path NUL size NUL sha256 LF`, sorted by the paths' UTF-8 bytes. A renamed file is another content. Hexadecimal.
 */
export function contentDigest(files: readonly DigestedFile[]): string {
  const hash = createHash('sha256')
  const lines = files.map(({ path, size, sha256 }) => ({
    path: Buffer.from(path),
    line: `${path}\0${size}\0${sha256}\n`,
  }))
  lines.sort((one, other) => Buffer.compare(one.path, other.path))
  for (const { line } of lines) hash.update(line)
  return hash.digest('hex')
}

/**
 * The root digest under which the OpenSSF model signing format (https://github.com/ossf/model-signing-spec) names a
 * model whose files are digested whole: SHA-256 over the files' raw digests, in the manifest's order. That order sorts
 * by path segments, so `a/b` comes before `a-b`. Names are not part of it. Hexadecimal.
 */
export function modelSigningDigest(files: readonly Pick<DigestedFile, 'path' | 'sha256'>[]): string {
  const hash = createHash('sha256')
  const sorted = files.map(({ path, sha256 }) => ({
    segments: path.split('/').map((name) => Buffer.from(name)),
    sha256,
  }))
  sorted.sort((one, other) => compareSegments(one.segments, other.segments))
  for (const { sha256 } of sorted) hash.update(Buffer.from(sha256, 'hex'))
  return hash.digest('hex')
}

// UTF-8 sorts like code points, which is how the reference implementation compares.
function compareSegments(one: readonly Buffer[], other: readonly Buffer[]): number {
  for (const [index, segment] of one.entries()) {
    const against = other[index]
    if (against === undefined) return 1
    const order = Buffer.compare(segment, against)
    if (order !== 0) return order
  }
  return one.length - other.length
}
