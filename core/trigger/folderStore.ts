import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Listing, Store, Stored } from './store.ts'

/** A state of a record: its number counts from 1; its id is random, so that equal numbers are not equal states. */
interface State {
  readonly number: number
  readonly id: string
  readonly before: string
  readonly value: string
}

/**
 * A store in a local folder, safe across processes and kills. Each record is a folder; each state of it a file that is
 * written aside, flushed, and linked to the next number. Linking fails when that number is taken, so of two writers one
 * wins, without locks that a killed process could leave behind. The last two states are kept, so that a writer that
 * slept through several changes sees a higher number than its own and knows that it lost.
 *
 * For file systems with hard links on one machine; network shares are not what it is for.
 */
export class FolderStore implements Store {
  readonly #root: string
  readonly #aside: string

  private constructor(root: string) {
    this.#root = root
    this.#aside = join(root, 'aside')
  }

  static async open(root: string): Promise<FolderStore> {
    const store = new FolderStore(root)
    try {
      await mkdir(store.#aside, { recursive: true })
      await store.#removeLeftovers()
    } catch (cause) {
      throw new UserError(
        `The ledger's folder "${root}" cannot be used: ${cause instanceof Error ? cause.message : cause}.`,
        { cause },
      )
    }
    return store
  }

  async read(collection: string, name: string): Promise<Stored | undefined> {
    const state = await this.#current(this.#folder(collection, name))
    return state && { name, value: state.value, etag: etagOf(state) }
  }

  async write({ collection, name, value, etag }: Parameters<Store['write']>[0]): Promise<string | undefined> {
    const folder = this.#folder(collection, name)
    const current = await this.#current(folder)
    if (etag !== (current && etagOf(current))) return undefined
    if (current === undefined) await this.#makeFolder(collection, folder)
    const next: State = { number: (current?.number ?? 0) + 1, id: randomUUID(), before: current?.id ?? '', value }
    const aside = join(this.#aside, next.id)
    await writeFlushed(aside, `${next.id}\n${next.before}\n${value}`)
    try {
      await link(aside, join(folder, fileName(next.number)))
    } catch (error) {
      if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT')) return undefined
      throw error
    } finally {
      await unlink(aside).catch(() => undefined)
    }
    await flushFolder(folder)
    if (!(await this.#isOnTop(folder, next))) return undefined
    await this.#prune(folder, next.number)
    return etagOf(next)
  }

  async remove(collection: string, name: string): Promise<void> {
    await rm(this.#folder(collection, name), { recursive: true, force: true })
  }

  async list(collection: string, { prefix = '', after = '', limit }: Listing): Promise<readonly Stored[]> {
    const names = (await readdirOr(join(this.#root, collection)))
      .filter((name) => name.startsWith(prefix) && name > after)
      .sort()
    const found: Stored[] = []
    for (let at = 0; at < names.length && found.length < limit; at += 64) {
      const records = await Promise.all(names.slice(at, at + 64).map((name) => this.read(collection, name)))
      found.push(...records.filter((record) => record !== undefined))
    }
    return found.slice(0, limit)
  }

  #folder(collection: string, name: string): string {
    if (!/^[a-z]+$/.test(collection) || !/^[A-Za-z0-9][A-Za-z0-9.-]{0,199}$/.test(name))
      throw new Error(`"${collection}/${name}" is no name of a record.`)
    return join(this.#root, collection, name)
  }

  async #current(folder: string): Promise<State | undefined> {
    for (;;) {
      const [top] = await numbersIn(folder)
      if (top === undefined) return undefined
      const state = await readState(folder, top)
      // A file that was there a moment ago was pruned by a faster writer: there is a newer one.
      if (state) return state
    }
  }

  /**
   * Whether a state that was just linked follows the one before it. A number below the highest was either followed by a
   * writer that had read it, or was free only because its first holder had been pruned.
   */
  async #isOnTop(folder: string, own: State): Promise<boolean> {
    const [top] = await numbersIn(folder)
    if (top === undefined || top < own.number) return false
    if (top === own.number) return true
    const next = await readState(folder, own.number + 1)
    return next?.before === own.id
  }

  async #prune(folder: string, newest: number): Promise<void> {
    for (const number of await numbersIn(folder))
      if (number < newest - 1) await unlink(join(folder, fileName(number))).catch(() => undefined)
  }

  async #makeFolder(collection: string, folder: string): Promise<void> {
    const parent = join(this.#root, collection)
    if ((await mkdir(folder, { recursive: true })) === undefined) return
    await flushFolder(parent)
    await flushFolder(this.#root)
  }

  /** What killed processes left aside. */
  async #removeLeftovers(): Promise<void> {
    for (const name of await readdirOr(this.#aside)) {
      const path = join(this.#aside, name)
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
      if (Date.now() - mtimeMs > 3_600_000) await unlink(path).catch(() => undefined)
    }
  }
}

const etagOf = ({ number, id }: State): string => `${number}.${id}`
const fileName = (number: number): string => String(number).padStart(10, '0')

/** The highest first. */
async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdirOr(folder))
    .filter((name) => /^\d{10,}$/.test(name))
    .map(Number)
    .sort((a, b) => b - a)
}

async function readState(folder: string, number: number): Promise<State | undefined> {
  try {
    const text = await readFile(join(folder, fileName(number)), 'utf8')
    const [id = '', before = ''] = text.split('\n', 2)
    return { number, id, before, value: text.slice(id.length + before.length + 2) }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function readdirOr(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

export async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** So that a name is there after a power cut. Windows flushes folders by itself and refuses to open them. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
