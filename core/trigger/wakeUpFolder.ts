import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { WakeUp, WakeUps } from './wakeUps.ts'

const stored = z.object({
  ...{ workspaceId: z.string(), model: z.string(), version: z.string().optional(), source: z.string() },
  ...{ eventId: z.string(), receivedAt: z.string() },
})

/** Wake-ups of one commit; a file is read as a whole. */
const mostInFile = 1000
/** So many event ids are remembered, done or not: whoever repeats one repeats it soon. */
const remembered = 50_000

interface Waiting {
  readonly line: string
  readonly settle: () => void
  readonly fail: (reason: unknown) => void
}

/**
 * Wake-ups in a folder of this machine. What arrives while the disk is busy is written together, as one file that is
 * there whole or not at all; so a slow disk costs each sender a wait and not its turn. Several processes may share the
 * folder; then a wake-up may be taken by more than one, which costs a look at the registry and nothing else.
 */
export class WakeUpFolder implements WakeUps {
  readonly #folder: string
  readonly #known = new Map<string, Promise<void>>()
  readonly #waiting: Waiting[] = []
  /** What is not done of each file that was read. */
  readonly #files = new Map<string, Map<string, WakeUp>>()
  #writing = false
  #count = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<WakeUpFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new WakeUpFolder(folder)
  }

  put(wakeUp: WakeUp): Promise<void> {
    const known = this.#known.get(wakeUp.eventId)
    if (known) return known
    const written = new Promise<void>((settle, fail) => {
      this.#waiting.push({ line: JSON.stringify(wakeUp), settle, fail })
    })
    this.#known.set(wakeUp.eventId, written)
    written.catch(() => this.#known.delete(wakeUp.eventId))
    const [oldest] = this.#known.size > remembered ? this.#known.keys() : []
    if (oldest !== undefined) this.#known.delete(oldest)
    if (!this.#writing) void this.#write()
    return written
  }

  async take(limit: number): Promise<readonly WakeUp[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl')).sort()
    const there = new Set(names)
    for (const name of this.#files.keys()) if (!there.has(name)) this.#files.delete(name)
    const taken = new Map<string, WakeUp>()
    for (const name of names) {
      if (taken.size >= limit) break
      for (const wakeUp of (await this.#read(name)).values()) {
        if (taken.size >= limit) break
        if (!taken.has(wakeUp.eventId)) taken.set(wakeUp.eventId, wakeUp)
      }
    }
    return [...taken.values()]
  }

  async done(wakeUps: readonly WakeUp[]): Promise<void> {
    for (const [name, left] of [...this.#files]) {
      for (const { eventId } of wakeUps) left.delete(eventId)
      if (left.size > 0) continue
      await rm(join(this.#folder, name), { force: true })
      this.#files.delete(name)
    }
  }

  async #read(name: string): Promise<ReadonlyMap<string, WakeUp>> {
    const known = this.#files.get(name)
    if (known) return known
    const text = await readFile(join(this.#folder, name), 'utf8').catch((error: unknown) => {
      // Another process has done all of it.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
      throw error
    })
    const lines = text.split('\n').filter((line) => line !== '')
    const wakeUps = lines.map((line) => ({ version: undefined, ...stored.parse(JSON.parse(line)) }))
    const left = new Map(wakeUps.map((wakeUp) => [wakeUp.eventId, wakeUp]))
    if (text !== '') this.#files.set(name, left)
    return left
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, mostInFile)
      try {
        await this.#commit(batch.map(({ line }) => `${line}\n`).join(''))
        for (const { settle } of batch) settle()
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
    }
    this.#writing = false
  }

  /** Names sort by time; the name appears once the content is on the disk, and lasts once the folder is. */
  async #commit(text: string): Promise<void> {
    this.#count += 1
    const place = `${String(Date.now()).padStart(14, '0')}-${String(this.#count).padStart(9, '0')}-${randomUUID()}`
    const unfinished = join(this.#folder, `${place}.new`)
    try {
      const file = await open(unfinished, 'wx', 0o600)
      try {
        await file.writeFile(text)
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(unfinished, join(this.#folder, `${place}.jsonl`))
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined)
      throw error
    }
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
