import type { BlockBlobClient } from '@azure/storage-blob'
import type { Block } from './blockReader.ts'
import type { BlockSender } from './blockSender.ts'
import { digestMetadataKey, type RemoteFile, stagedBlocks } from './remoteFiles.ts'

/** Files up to here are one request, larger ones are blocks of at least this many bytes. */
export const smallestBlock = 8 * 1024 * 1024

/** Another content is at that place already. */
export class TakenError extends Error {}

/**
 * One file on its way: as one request when it is small, else block by block with a list of the blocks at the end, which
 * makes the blob appear. An existing blob is never replaced; one with the same digest counts as uploaded.
 */
export class FileUpload {
  readonly #blob: BlockBlobClient
  readonly #sender: BlockSender
  readonly #size: number
  readonly #remote: Promise<RemoteFile | undefined>
  readonly #signal: AbortSignal
  readonly #onBlock: (bytes: number, sent: boolean) => void
  readonly #ids: string[] = []
  readonly #blocks: Promise<void>[] = []
  #staged: Promise<ReadonlyMap<string, number>> | undefined

  constructor(options: {
    readonly blob: BlockBlobClient
    readonly sender: BlockSender
    readonly size: number
    /** What is there under that name when the upload begins. */
    readonly remote: Promise<RemoteFile | undefined>
    readonly signal: AbortSignal
    /** Called when a block is at its place, sent now or before. */
    readonly onBlock: (bytes: number, sent: boolean) => void
  }) {
    this.#blob = options.blob
    this.#sender = options.sender
    this.#size = options.size
    this.#remote = options.remote
    this.#signal = options.signal
    this.#onBlock = options.onBlock
  }

  /** Sends a block, in any order with others, and releases its memory. */
  add(block: Block): Promise<void> {
    const work = this.#send(block).finally(() => block.release())
    this.#ids.push(block.id)
    this.#blocks.push(work)
    return work
  }

  /** Completes the file after its last block. `id` is that block's. */
  async finish(id: string): Promise<void> {
    await Promise.all(this.#blocks)
    const sha256 = hexadecimal(id)
    const remote = await this.#remote
    if (remote?.committed) {
      if (remote.sha256 !== sha256) throw new TakenError()
    } else if (!this.#isSmall)
      await this.#unlessThere(sha256, () =>
        this.#sender.commit({
          ...{ blob: this.#blob.name, ids: this.#ids, signal: this.#signal },
          metadata: { [digestMetadataKey]: sha256 },
        }),
      )
  }

  async #send(block: Block): Promise<void> {
    const { id, bytes } = block
    const length = bytes.length
    const remote = await this.#remote
    if (remote?.committed) {
      // The end of the file will tell whether it is the same; here only what can be told at once.
      if (remote.size !== this.#size || remote.sha256 === undefined) throw new TakenError()
      return this.#onBlock(length, false)
    }
    if (this.#isSmall) {
      const sha256 = hexadecimal(id)
      await this.#unlessThere(sha256, () => this.#blob.upload(bytes, length, this.#asNew(sha256)))
      return this.#onBlock(length, true)
    }
    if (remote) {
      this.#staged ??= stagedBlocks({ blob: this.#blob, signal: this.#signal })
      if ((await this.#staged).get(id) === length) return this.#onBlock(length, false)
    }
    await this.#sender.stage({ blob: this.#blob.name, id, bytes, signal: this.#signal })
    this.#onBlock(length, true)
  }

  get #isSmall(): boolean {
    return this.#size <= smallestBlock
  }

  #asNew(sha256: string) {
    const conditions = { ifNoneMatch: '*' }
    return { abortSignal: this.#signal, conditions, metadata: { [digestMetadataKey]: sha256 } }
  }

  // The answer to a request can be lost and the request repeated; or somebody uploads the same at the same time.
  async #unlessThere(sha256: string, create: () => Promise<unknown>): Promise<void> {
    try {
      await create()
    } catch (error) {
      this.#signal.throwIfAborted()
      const there = await this.#blob.getProperties({ abortSignal: this.#signal }).catch(() => undefined)
      if (!there) throw error
      if (there.contentLength !== this.#size || there.metadata?.[digestMetadataKey] !== sha256) throw new TakenError()
    }
  }
}

export function hexadecimal(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}
