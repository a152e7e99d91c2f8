import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { UserError } from '../errors.ts'
import type { Progress } from '../host.ts'
import { type BlobContainer, blobError } from './blobs.ts'
import { readBlocks, type SourceFile } from './blockReader.ts'
import { BlockSender } from './blockSender.ts'
import { FileUpload, hexadecimal, smallestBlock, TakenError } from './fileUpload.ts'
import { remoteFiles } from './remoteFiles.ts'
import { sampleDigest } from './sampleDigest.ts'

export interface UploadedFile {
  readonly path: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface Upload {
  /** Where the files are in the container; see `uploadFiles`. */
  readonly prefix: string
  /** In the order given. */
  readonly files: readonly UploadedFile[]
  readonly sentBytes: number
  /** Bytes that were at their place already: from an interrupted upload, or because the same was uploaded before. */
  readonly resumedBytes: number
}

export interface UploadOptions {
  readonly container: BlobContainer
  /** A folder in the container, without slashes around it, for all files that may be alike. */
  readonly prefix: string
  readonly files: readonly SourceFile[]
  readonly signal: AbortSignal
  readonly progress?: ((progress: Progress) => void) | undefined
}

const mostBlocks = 50_000

// Measured: more in flight gains nothing.
const bytesInFlight = 5 * smallestBlock

/** The smallest power of two in MiB, at least 8, with which a file stays within 50,000 blocks. */
export function blockSizeFor(fileSize: number): number {
  let blockSize = smallestBlock
  while (fileSize > blockSize * mostBlocks) blockSize *= 2
  return blockSize
}

/**
 * Brings files to a container, digesting them in the same read pass. Memory is bounded whatever their size. A blob
 * appears only when it is complete and never replaces another: the files go to a folder below the prefix that is named
 * after samples of their content, and where that holds other content after all, to another one beside it. An upload
 * that was interrupted continues when it is run again with the same prefix: a block is skipped when its id, the digest
 * of the file up to there, is staged already. Throws a UserError for files that cannot be read, and an AzureError.
 */
export async function uploadFiles(options: UploadOptions): Promise<Upload> {
  const { container, signal, files } = options
  const folder = [options.prefix, (await sampleDigest(files)).slice(0, 16)].filter((part) => part !== '').join('/')
  // The last resort is nobody else's, so that many uploads of look-alikes at the same time come to an end.
  for (const place of ['', '-2', '-3', `-${randomUUID()}`]) {
    const prefix = `${folder}${place}`
    try {
      return await uploadTo({ ...options, prefix })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof UserError) throw error
      if (!(error instanceof TakenError)) throw blobError(`uploading to ${container.url}/${prefix}`, error)
    }
  }
  throw new UserError(`Everywhere at ${container.url}/${folder} other content appeared during the upload.`)
}

async function uploadTo(options: UploadOptions): Promise<Upload> {
  const { container, prefix, files, progress } = options
  const tasks = new Tasks(options.signal)
  const { signal } = tasks
  const sender = new BlockSender(container)
  // A microtask later, the reader's thread has been started: both take a while and neither needs the other.
  const remote = Promise.resolve().then(() => remoteFiles({ container, prefix, signal }))
  tasks.start(remote)
  const total = files.reduce((sum, file) => sum + file.size, 0)
  let done = 0
  let sentBytes = 0
  const onBlock = (bytes: number, sent: boolean) => {
    done += bytes
    if (sent) sentBytes += bytes
    progress?.({ label: 'Uploading', done, total, unit: 'bytes' })
  }
  const begin = ({ path, size }: SourceFile) => {
    const blob = container.client.getBlockBlobClient(`${prefix}/${path}`)
    return new FileUpload({ blob, sender, size, remote: remote.then((there) => there.get(blob.name)), signal, onBlock })
  }
  const uploaded: UploadedFile[] = []
  const blockSize = blockSizeFor(files.reduce((largest, file) => Math.max(largest, file.size), 0))
  const slots = Math.max(2, Math.floor(bytesInFlight / blockSize))
  try {
    let current: FileUpload | undefined
    for await (const block of readBlocks({ files, blockSize, slots, signal })) {
      const file = files[block.file]
      if (!file) continue
      current ??= begin(file)
      tasks.start(current.add(block))
      if (!block.last) continue
      tasks.start(current.finish(block.id))
      uploaded.push({ path: file.path, size: file.size, sha256: hexadecimal(block.id) })
      current = undefined
    }
  } catch (error) {
    tasks.fail(error)
  }
  await tasks.end()
  return { prefix, files: uploaded, sentBytes, resumedBytes: total - sentBytes }
}

/** Things going on at the same time; the first failure stops all of them and is thrown at the end. */
class Tasks {
  readonly signal: AbortSignal
  readonly #outer: AbortSignal
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(signal: AbortSignal) {
    this.#outer = signal
    this.signal = AbortSignal.any([signal, this.#abort.signal])
    // Every request in flight listens; the warning about many listeners would be a false alarm.
    setMaxListeners(0, this.signal)
  }

  start(work: Promise<unknown>): void {
    const watched: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => this.fail(error),
      )
      .finally(() => this.#running.delete(watched))
    this.#running.add(watched)
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#abort.abort()
  }

  async end(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
    this.#outer.throwIfAborted()
    if (this.#failure) throw this.#failure.error
  }
}
