import { createHash } from 'node:crypto'
import type { RemoteFile } from '../azure/remoteFiles.ts'
import type { ModelLocation } from './modelLocation.ts'

/**
 * What identifies a source that lies in a datastore already, without reading it: SHA-256 over its normalised address
 * and the sorted lines `name NUL etag NUL size LF` of its blobs. Rewriting a blob changes it, even with the same bytes.
 * Hexadecimal.
 */
export function sourceFingerprint(
  { datastore, path }: ModelLocation,
  blobs: Iterable<Pick<RemoteFile, 'name' | 'etag' | 'size'>>,
): string {
  const hash = createHash('sha256').update(`azureml://datastores/${datastore}/paths/${path}\n`)
  const lines = [...blobs].map(({ name, etag, size }) => Buffer.from(`${name}\0${etag.replaceAll('"', '')}\0${size}\n`))
  for (const line of lines.toSorted(Buffer.compare)) hash.update(line)
  return hash.digest('hex')
}
