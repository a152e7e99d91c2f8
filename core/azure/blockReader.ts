import { Worker } from 'node:worker_threads'
import { UserError } from '../errors.ts'

/** A file of this machine and what it is called in messages. */
export interface SourceFile {
  readonly path: string
  readonly absolutePath: string
  /** Bytes, when the file was listed. */
  readonly size: number
}

/** A piece of a file. Its bytes are lent: after `release` they are overwritten. */
export interface Block {
  readonly file: number
  readonly bytes: Buffer
  /** SHA-256 in base64 of the file from its beginning to the end of this block: it binds content and position. */
  readonly id: string
  /** True for the last block of the file; the id is then the digest of the whole file. */
  readonly last: boolean
  release(): void
}

interface Piece {
  readonly kind: 'piece'
  readonly file: number
  readonly slot: number
  readonly length: number
  readonly id: string
  readonly last: boolean
}

interface Failure {
  readonly kind: 'failure'
  readonly file: number
  readonly code: string
}

interface WorkerInput {
  readonly paths: readonly string[]
  readonly sizes: readonly number[]
  readonly blockSize: number
  readonly slots: number
  readonly bytes: SharedArrayBuffer
  readonly control: SharedArrayBuffer
}

/**
 * Reads files block by block and digests them in the same pass, on a thread of its own. Memory is `blockSize × slots`
 * whatever the files' size: a reader that finds no free slot waits until one is released. Blocks come in order.
 * Throws a UserError when a file cannot be read or is not as long as it was when it was listed.
 */
export async function* readBlocks(options: {
  readonly files: readonly SourceFile[]
  readonly blockSize: number
  readonly slots: number
  readonly signal?: AbortSignal | undefined
}): AsyncGenerator<Block, void> {
  const { files, blockSize, slots, signal } = options
  const bytes = new SharedArrayBuffer(blockSize * slots)
  // One cell per slot (1 while lent), and one that counts releases, for the reader to wait on.
  const control = new SharedArrayBuffer(4 * (slots + 1))
  const cells = new Int32Array(control)
  const workerData: WorkerInput = {
    paths: files.map((file) => file.absolutePath),
    sizes: files.map((file) => file.size),
    ...{ blockSize, slots, bytes, control },
  }
  // The source as text, because a bundle has no file of the worker's that a path could point to.
  const worker = new Worker(`(${readInWorker.toString()})()`, { eval: true, workerData })
  try {
    for await (const piece of messages(worker, signal)) {
      if (piece.kind === 'failure') throw readFailure(files[piece.file]?.path ?? '', piece.code)
      const { file, slot, length, id, last } = piece
      yield {
        ...{ file, id, last },
        bytes: Buffer.from(bytes, slot * blockSize, length),
        release() {
          Atomics.store(cells, slot, 0)
          Atomics.add(cells, slots, 1)
          Atomics.notify(cells, slots)
        },
      }
    }
  } finally {
    await worker.terminate()
  }
}

/** Runs on the worker's thread, from its text alone: it must not refer to anything outside itself. */
function readInWorker(): void {
  const { closeSync, openSync, readSync } = process.getBuiltinModule('node:fs')
  const { createHash } = process.getBuiltinModule('node:crypto')
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { paths, sizes, blockSize, slots, bytes, control }: WorkerInput = workerData
  const cells = new Int32Array(control)

  const freeSlot = (): number => {
    while (true) {
      const releases = Atomics.load(cells, slots)
      for (let slot = 0; slot < slots; slot += 1) if (Atomics.compareExchange(cells, slot, 0, 1) === 0) return slot
      Atomics.wait(cells, slots, releases)
    }
  }

  const readFile = (file: number): void => {
    const size = sizes[file] ?? 0
    const descriptor = openSync(paths[file] ?? '', 'r')
    try {
      const hash = createHash('sha256')
      let position = 0
      do {
        const slot = freeSlot()
        const wanted = Math.min(blockSize, size - position)
        const block = Buffer.from(bytes, slot * blockSize, wanted)
        let length = 0
        while (length < wanted) {
          // Small steps, so that what is digested is still in the processor's cache.
          const step = Math.min(1_048_576, wanted - length)
          const read = readSync(descriptor, block, length, step, position + length)
          if (read === 0) throw Object.assign(new Error(), { code: 'CHANGED' })
          hash.update(block.subarray(length, length + read))
          length += read
        }
        position += length
        const last = position === size
        if (last && readSync(descriptor, Buffer.alloc(1), 0, 1, position) > 0)
          throw Object.assign(new Error(), { code: 'CHANGED' })
        const id = hash.copy().digest('base64')
        parentPort?.postMessage({ kind: 'piece', file, slot, length, id, last })
      } while (position < size)
    } finally {
      closeSync(descriptor)
    }
  }

  for (let file = 0; file < paths.length; file += 1) {
    try {
      readFile(file)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      parentPort?.postMessage({ kind: 'failure', file, code })
      return
    }
  }
}

/** The worker's messages in order, until it ends or the signal is aborted. */
async function* messages(worker: Worker, signal: AbortSignal | undefined): AsyncGenerator<Piece | Failure, void> {
  const waiting: (Piece | Failure)[] = []
  let ended = false
  let broken: unknown
  let wake = () => {}
  worker.on('message', (message: Piece | Failure) => {
    waiting.push(message)
    wake()
  })
  worker.on('error', (error) => {
    broken = error
    wake()
  })
  worker.on('exit', () => {
    ended = true
    wake()
  })
  signal?.addEventListener('abort', () => wake(), { once: true })
  while (!signal?.aborted) {
    const next = waiting.shift()
    if (next) yield next
    else if (broken) throw broken
    else if (ended) return
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
}

function readFailure(path: string, code: string): UserError {
  if (code === 'CHANGED')
    return new UserError(`The file "${path}" changed while it was being read.`, {
      hint: 'Run again when nothing writes to it.',
    })
  return new UserError(`The file "${path}" could not be read (${code}).`)
}
