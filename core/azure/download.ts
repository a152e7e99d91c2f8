import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../errors.ts'
import type { Progress } from '../host.ts'
import { type BlobContainer, blobError } from './blobs.ts'
import { filesAt } from './filesAt.ts'
import type { RemoteFile } from './remoteFiles.ts'
import { safePath } from './safePath.ts'

export interface DownloadedFile {
  readonly path: string
  readonly absolutePath: string
  readonly size: number
}

export interface DownloadOptions {
  readonly container: BlobContainer
  /** A folder in the container, or the whole name of one blob. */
  readonly prefix: string
  /** Made when it is not there. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly progress?: ((progress: Progress) => void) | undefined
  /** How a file is opened; only tests open it otherwise. */
  readonly openFile?:
    | ((path: string, flags: string) => Promise<Pick<FileHandle, 'write' | 'read' | 'truncate' | 'sync' | 'close'>>)
    | undefined
}

const rangeSize = 8 * 1024 * 1024
const rangesInFlight = 4

/**
 * Brings the blobs below a prefix to a folder. Each is fetched in parallel ranges into a temporary file beside its
 * target, checked (size, and digest where the upload left one), and renamed, so that a target is whole or not there.
 * A blob that changes meanwhile is not mixed. Names that lead out of the folder are refused before anything is written.
 * Throws a UserError for those, for a full disk and for nothing to download; an AzureError; the signal's reason.
 */
export async function downloadFiles(options: DownloadOptions): Promise<readonly DownloadedFile[]> {
  const { container, prefix, folder, signal } = options
  const files = await filesAt(options)
  if (files.length === 0) throw new UserError(`There is nothing to download at ${container.url}/${prefix}.`)
  const targets = files.map(({ remote, path }) => ({ remote, path, absolutePath: safePath(folder, path) }))
  const total = files.reduce((sum, { remote }) => sum + remote.size, 0)
  const download = new Download(options, total)
  try {
    for (const { remote, absolutePath } of targets) await download.file(remote, absolutePath)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UserError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new UserError(`The disk that holds "${folder}" is full: the download needs ${total} bytes in all.`, {
        cause: error,
      })
    if (typeof code === 'string' && /^(EACCES|EEXIST|EISDIR|ENOTDIR|EROFS|EPERM|ENAMETOOLONG)$/.test(code))
      throw new UserError(`The download could not be written below "${folder}" (${code}).`, { cause: error })
    throw blobError(`downloading ${container.url}/${prefix}`, error)
  }
  return targets.map(({ path, absolutePath, remote }) => ({ path, absolutePath, size: remote.size }))
}

class Download {
  readonly #options: DownloadOptions
  readonly #total: number
  #done = 0

  constructor(options: DownloadOptions, total: number) {
    this.#options = options
    this.#total = total
  }

  async file(remote: RemoteFile, target: string): Promise<void> {
    const { openFile = open } = this.#options
    await mkdir(dirname(target), { recursive: true })
    const temporary = `${target}.${process.pid}.part`
    try {
      const file = await openFile(temporary, 'w+')
      try {
        await this.#ranges(remote, file)
        await this.#check(remote, file)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #ranges(remote: RemoteFile, file: Pick<FileHandle, 'write'>): Promise<void> {
    const { container, signal, progress } = this.#options
    const blob = container.client.getBlobClient(remote.name)
    const abort = new AbortController()
    const either = AbortSignal.any([signal, abort.signal])
    let next = 0
    const lane = async () => {
      const buffer = Buffer.allocUnsafe(Math.min(rangeSize, remote.size))
      while (next < remote.size) {
        const offset = next
        next += rangeSize
        const count = Math.min(rangeSize, remote.size - offset)
        const conditions = { ifMatch: remote.etag.startsWith('"') ? remote.etag : `"${remote.etag}"` }
        const range = { abortSignal: either, blockSize: count, concurrency: 1, maxRetryRequestsPerBlock: 6, conditions }
        await blob.downloadToBuffer(buffer, offset, count, range)
        let written = 0
        while (written < count)
          written += (await file.write(buffer, written, count - written, offset + written)).bytesWritten
        this.#done += count
        progress?.({ label: 'Downloading', done: this.#done, total: this.#total, unit: 'bytes' })
      }
    }
    const lanes = Array.from({ length: rangesInFlight }, () =>
      lane().catch((error: unknown) => {
        abort.abort()
        throw error
      }),
    )
    const outcomes = await Promise.allSettled(lanes)
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    // The first cause, not the aborts that it brought about in the other lanes.
    if (failures.length > 0) throw failures.find((reason) => reason?.name !== 'AbortError') ?? failures[0]
  }

  async #check({ name, size, sha256 }: RemoteFile, file: Pick<FileHandle, 'read'>): Promise<void> {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    let position = 0
    while (true) {
      this.#options.signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) break
      position += bytesRead
      if (sha256 !== undefined) hash.update(buffer.subarray(0, bytesRead))
    }
    if (position !== size || (sha256 !== undefined && hash.digest('hex') !== sha256))
      throw new UserError(
        `The download of "${name}" is not what was uploaded: its content does not match its digest.`,
        {
          hint: 'Run again; if it happens again, the blob was changed after it was registered.',
        },
      )
  }
}
