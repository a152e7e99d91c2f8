import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { z } from 'zod'
import { containerPort } from './containerPlan.ts'
import type { ScoringServerExit } from './scoringServer.ts'
import { type ServerChoice, serverProgram } from './serverProgram.ts'

const waitAnswer = z.object({ StatusCode: z.int() })

/** A hold on a container's standard streams. */
export interface AttachedContainer {
  /** Settles when the container is gone and its log is written to the end; never rejects. */
  readonly exited: Promise<ScoringServerExit>
  detach(): void
}

/**
 * Attaches to a container that is not started yet: its output goes to the log, and its input is given the server's
 * program and then kept open, so that the server lives as long as this process does and no longer.
 */
export async function attachContainer(wanted: {
  readonly engine: Docker
  readonly container: Docker.Container
  readonly logFile: string
  readonly server: ServerChoice
}): Promise<AttachedContainer> {
  const { engine, container } = wanted
  const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
  const log = createWriteStream(wanted.logFile, { flags: 'a' })
  engine.modem.demuxStream(stream, log, log)
  const written = new Promise<void>((resolve) => {
    const end = () => log.end(() => resolve())
    stream.once('end', end)
    stream.once('close', end)
    stream.once('error', end)
  })
  stream.write(serverProgram({ server: wanted.server, host: '0.0.0.0', port: containerPort }))

  // Asked before the start, so that an exit that follows at once is not missed.
  const removed = container.wait({ condition: 'removed' }).then(
    (answer: unknown) => waitAnswer.parse(answer).StatusCode,
    () => null,
  )
  const exited = removed.then(async (code) => {
    await written
    await finished(log).catch(() => undefined)
    return { code }
  })
  return {
    exited,
    detach: () => {
      stream.end()
      log.end()
    },
  }
}
