import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { ownEnvironment } from './process.ts'
import { ScoringServerError } from './scoringServer.ts'
import { tellingLogLine } from './serverLog.ts'

const report = z.object({ port: z.int().positive() })

/**
 * Starts a program in Python that listens on a port and lives on when this process is gone. It is to wait for one line
 * of standard input, its order as JSON, and to write `{"port": …}` to its descriptor 3 once it listens. Throws a
 * `ScoringServerError` with the telling line of its log when it ends before.
 */
export async function startDetached(options: {
  readonly name: string
  /** An interpreter. */
  readonly python: string
  readonly program: string
  readonly order: Readonly<Record<string, unknown>>
  readonly folder: string
  /** Absolute; both streams are appended. */
  readonly logFile: string
  /** Called once the process is there; it does nothing before this is settled. */
  readonly onProcess: (pid: number) => Promise<void>
}): Promise<{ readonly port: number }> {
  const log = await open(options.logFile, 'a', 0o600)
  try {
    const logStart = (await log.stat()).size
    const child = spawn(options.python, ['-u', '-c', options.program], {
      cwd: options.folder,
      env: ownEnvironment(),
      stdio: ['pipe', log.fd, log.fd, 'pipe'],
      detached: true,
    })
    const failure = new Promise<Error>((resolve) => child.once('error', resolve))
    child.stdin?.on('error', () => undefined)
    if (child.pid !== undefined) await options.onProcess(child.pid)
    child.stdin?.end(`${JSON.stringify(options.order)}\n`)
    const channel = child.stdio[3]
    if (!(channel instanceof Readable)) throw new Error('A child process has no third pipe.')
    const line = await Promise.race([text(channel), failure])
    child.unref()
    if (line instanceof Error)
      throw new ScoringServerError(`${options.name} could not be started: ${line.message}.`, { cause: line })
    if (line !== '') return report.parse(JSON.parse(line))
    const lastLogLine = await tellingLogLine(options.logFile, logStart)
    throw new ScoringServerError(`${options.name} ended before it was ready: ${lastLogLine ?? 'it said nothing'}`, {
      lastLogLine,
    })
  } finally {
    await log.close()
  }
}
