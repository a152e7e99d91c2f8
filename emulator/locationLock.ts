import { readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { UserError } from '../core/errors.ts'

const owner = z.object({ pid: z.number().int(), started: z.string().nullable() })

/**
 * Makes sure that one process at a time uses a state folder. A killed owner does not block the next one: it is known
 * by its process id together with its start, and is given two seconds to be gone.
 * Answers how to give the folder back. Throws `UserError` while another emulator runs on it.
 */
export async function locationLock(location: string): Promise<() => void> {
  const path = join(location, 'owner.json')
  const mine = { pid: process.pid, started: startOf(process.pid) }
  const deadline = Date.now() + 2_000
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const other = readOwner(path)
    if (other === undefined || !isAlive(other)) rmSync(path, { force: true })
    else if (Date.now() < deadline) await pause(50)
    else
      throw new UserError(`Another embedded workspace (process ${other.pid}) is running on ${location}.`, {
        hint: 'Stop it, or choose another folder.',
      })
  }
}

function readOwner(path: string): z.infer<typeof owner> | undefined {
  try {
    return owner.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    // Killed between making the file and filling it.
    return undefined
  }
}

function isAlive({ pid, started }: z.infer<typeof owner>): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return startOf(pid) === started
}

/** When a process was started, in ticks since boot; null where /proc does not say or the process is a zombie. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}
