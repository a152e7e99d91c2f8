import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { UserError } from '../../errors.ts'
import { startDetached } from '../../runtime/detachedProgram.ts'
import { isRunning, type ProcessIdentity } from '../../runtime/processIdentity.ts'
import { ScoringServerError } from '../../runtime/scoringServer.ts'
import program from './process_front.py'
import type { ProcessFolder } from './processRecord.ts'

const countsSchema = z.record(z.string(), z.int())

const answerMilliseconds = 2_000

/**
 * Starts the front of a service; it serves whatever the service's record says. Port 0 is any that is free. Throws a
 * UserError when the port is taken.
 */
export async function startFront(options: {
  readonly folder: ProcessFolder
  readonly python: string
  readonly port: number
  readonly onProcess: (pid: number) => Promise<void>
}): Promise<number> {
  const { folder, python, port, onProcess } = options
  try {
    const started = await startDetached({
      ...{ name: `The front of "${folder.service}"`, python, program, folder: folder.path, onProcess },
      order: { port, record: folder.record, counts: countsFile(folder) },
      logFile: join(folder.path, 'front.log'),
    })
    return started.port
  } catch (error) {
    if (!(error instanceof ScoringServerError) || !/address already in use/i.test(error.lastLogLine ?? '')) throw error
    throw new UserError(
      `The port ${port} of this machine is taken by another program, so that "${folder.service}" cannot be reached there.`,
      { cause: error },
    )
  }
}

/** Waits until no connection leads to the process on this port any more, or for as long as is given. */
export async function drained(options: {
  readonly folder: ProcessFolder
  readonly front: ProcessIdentity
  readonly port: number
  readonly waitMilliseconds: number
}): Promise<void> {
  const { folder, front, port, waitMilliseconds } = options
  const until = Date.now() + waitMilliseconds
  while (Date.now() < until) {
    const counts = await connections(folder, front)
    if (counts === undefined || counts[port] === undefined) return
    await pause(100)
  }
}

/** How many connections the front has open, by port; undefined when it does not say. */
async function connections(
  folder: ProcessFolder,
  front: ProcessIdentity,
): Promise<Readonly<Record<string, number>> | undefined> {
  const file = countsFile(folder)
  await rm(file, { force: true })
  if (!isRunning(front)) return undefined
  process.kill(front.pid, 'SIGUSR1')
  const until = Date.now() + answerMilliseconds
  while (Date.now() < until) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return countsSchema.parse(JSON.parse(text))
    await pause(10)
  }
  return undefined
}

function countsFile(folder: ProcessFolder): string {
  return join(folder.path, 'connections.json')
}
