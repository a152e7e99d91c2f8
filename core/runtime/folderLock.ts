import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { identityOf, isRunning, type ProcessIdentity } from './processIdentity.ts'

const holderSchema = z.object({ pid: z.int(), started: z.string() }).nullable()

const lookMilliseconds = 50

/**
 * One process at a time: answers how to give the folder back, or who has it when that takes longer than `waitSeconds`.
 * A killed holder blocks nobody.
 *
 * Every holder is a file of its own with the next number, linked into place, which only one of two can do. The highest
 * one is never deleted, not even when it is given back, so that a number is never used twice and nobody can take a lock
 * for abandoned that somebody else has just taken over.
 */
export async function folderLock(options: {
  readonly folder: string
  readonly waitSeconds: number
  readonly signal: AbortSignal
}): Promise<
  | { readonly kind: 'held'; readonly release: () => Promise<void> }
  | { readonly kind: 'busy'; readonly by: ProcessIdentity }
> {
  const { folder, waitSeconds, signal } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const until = Date.now() + waitSeconds * 1000
  for (;;) {
    signal.throwIfAborted()
    const number = Math.max(0, ...(await numbersIn(folder)))
    const holder = number === 0 ? null : await holderOf(folder, number)
    if (!holder || !isRunning(holder)) {
      if (await take(folder, number + 1)) return { kind: 'held', release: () => giveBack(folder, number + 1) }
    } else if (Date.now() >= until) return { kind: 'busy', by: holder }
    else await pause(lookMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

/** False when another one has this number, or a higher one. */
async function take(folder: string, number: number): Promise<boolean> {
  const aside = join(folder, `aside-${randomUUID()}`)
  await writeFile(aside, JSON.stringify(identityOf(process.pid) ?? null), { mode: 0o600 })
  try {
    await link(aside, join(folder, String(number)))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
  const numbers = await numbersIn(folder)
  // Whoever slept while others took and gave back has a number that was gone already.
  const isHighest = numbers.every((other) => other <= number)
  const done = isHighest ? numbers.filter((other) => other < number) : [number]
  for (const other of done) await rm(join(folder, String(other)), { force: true })
  return isHighest
}

async function giveBack(folder: string, number: number): Promise<void> {
  const aside = join(folder, `aside-${randomUUID()}`)
  await writeFile(aside, 'null', { mode: 0o600 })
  await rename(aside, join(folder, String(number)))
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number)
}

async function holderOf(folder: string, number: number): Promise<ProcessIdentity | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(join(folder, String(number)), 'utf8')))
  } catch {
    // Deleted meanwhile by who has a higher number.
    return null
  }
}
