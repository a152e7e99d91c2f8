import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { Collection, type Journal } from './collection.ts'

const header = z.object({ format: z.literal('azureml-cd-emulator'), version: z.literal(1) })
const change = z.object({ kind: z.string(), key: z.string(), value: z.unknown() })
const pieceBytes = 1 << 20
const lineFeed = 0x0a
const newHeader: z.infer<typeof header> = { format: 'azureml-cd-emulator', version: 1 }

/** Rewriting pays once this many lines of the file are out of date, and more than half of it. */
const staleLinesWorthRewriting = 2_000

/**
 * The workspace's state: one file of JSON lines, a header and then every change in order, the last one of a key
 * counting. A change is written before it is answered, with one write, so a process killed at any moment leaves at
 * most an unfinished last line, which nobody was told of; it is dropped at the next start. When most lines are out of
 * date the file is rewritten beside itself and renamed into place.
 */
export class StateFile implements Journal {
  readonly #path: string
  #descriptor: number
  #lines = 0
  readonly #loaded = new Map<string, Map<string, unknown>>()
  readonly #collections = new Map<string, Collection<unknown>>()

  /** Throws `UserError` when the file is of another format or version, or damaged elsewhere than at its end. */
  constructor(path: string) {
    this.#path = path
    if (!existsSync(path)) rewrite(path, [newHeader])
    const length = this.#load()
    this.#descriptor = openSync(path, 'a', 0o600)
    ftruncateSync(this.#descriptor, length)
  }

  /** Asked for once per kind. Throws `UserError` when a stored value does not fit the schema. */
  collection<T>(kind: string, schema: z.ZodType<T>): Collection<T> {
    const values: [string, T][] = []
    for (const [key, value] of this.#loaded.get(kind) ?? []) {
      const parsed = schema.safeParse(value)
      if (!parsed.success)
        throw new UserError(`The state file ${this.#path} holds a value of "${kind}/${key}" that cannot be read.`, {
          cause: parsed.error,
        })
      values.push([key, parsed.data])
    }
    this.#loaded.delete(kind)
    const collection = new Collection({ kind, journal: this, values })
    this.#collections.set(kind, collection)
    return collection
  }

  /** All that were asked for. */
  collections(): Iterable<Collection<unknown>> {
    return this.#collections.values()
  }

  append(line: { readonly kind: string; readonly key: string; readonly value: unknown }): void {
    if (this.#lines - this.#live() > Math.max(staleLinesWorthRewriting, this.#live())) this.#compact()
    const before = fstatSync(this.#descriptor).size
    try {
      writeWhole(this.#descriptor, `${JSON.stringify(line)}\n`)
      this.#lines += 1
    } catch (error) {
      // A disk that is full takes half a line; the next one must not be glued to it.
      ftruncateSync(this.#descriptor, before)
      throw error
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** Answers how many bytes of the file are whole lines. */
  #load(): number {
    let number = 0
    let length = 0
    for (const line of wholeLines(this.#path)) {
      number += 1
      length += line.length + 1
      const text = line.toString()
      if (number === 1) {
        if (!header.safeParse(parseLine(text)).success) throw notOurs(this.#path)
        continue
      }
      const parsed = change.safeParse(parseLine(text))
      if (!parsed.success) throw new UserError(`Line ${number} of the state file ${this.#path} is damaged.`)
      const { kind, key, value } = parsed.data
      const values = this.#loaded.get(kind) ?? new Map<string, unknown>()
      this.#loaded.set(kind, values)
      if (value === null) values.delete(key)
      else values.set(key, value)
      this.#lines += 1
    }
    if (number === 0) throw notOurs(this.#path)
    return length
  }

  #liveCount = { at: 0, count: 0 }

  /** Counted again only every thousand lines: counting takes a walk over everything. */
  #live(): number {
    if (this.#liveCount.at === 0 || this.#lines - this.#liveCount.at >= 1_000) {
      let count = 0
      for (const _ of this.#everything()) count += 1
      this.#liveCount = { at: this.#lines, count }
    }
    return this.#liveCount.count
  }

  *#everything(): Generator<{ readonly kind: string; readonly key: string; readonly value: unknown }> {
    for (const [kind, collection] of this.#collections)
      for (const [key, value] of collection.entries()) yield { kind, key, value }
    for (const [kind, values] of this.#loaded) for (const [key, value] of values) yield { kind, key, value }
  }

  #compact(): void {
    this.#lines = rewrite(
      this.#path,
      (function* (everything) {
        yield newHeader
        yield* everything
      })(this.#everything()),
    )
    this.#liveCount = { at: 0, count: 0 }
    closeSync(this.#descriptor)
    this.#descriptor = openSync(this.#path, 'a', 0o600)
  }
}

function notOurs(path: string): UserError {
  return new UserError(`The file ${path} is not the state of an embedded workspace of this version.`)
}

/** The lines of a file that end in a line feed, without it, read piece by piece: the file may be large. */
function* wholeLines(path: string): Generator<Buffer> {
  const descriptor = openSync(path, 'r')
  try {
    const piece = Buffer.alloc(pieceBytes)
    let rest = Buffer.alloc(0)
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
      const text = Buffer.concat([rest, piece.subarray(0, read)])
      let start = 0
      for (let end = text.indexOf(lineFeed); end >= 0; end = text.indexOf(lineFeed, start)) {
        yield text.subarray(start, end)
        start = end + 1
      }
      rest = text.subarray(start)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Answers how many lines of values there are now. */
function rewrite(path: string, lines: Iterable<unknown>): number {
  const beside = `${path}.new`
  const descriptor = openSync(beside, 'w', 0o600)
  let count = -1
  try {
    for (const line of lines) {
      writeWhole(descriptor, `${JSON.stringify(line)}\n`)
      count += 1
    }
  } finally {
    closeSync(descriptor)
  }
  renameSync(beside, path)
  return count
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) written += writeSync(descriptor, bytes, written)
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
