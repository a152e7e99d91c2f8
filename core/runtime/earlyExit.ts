import { answersLiveness } from './readiness.ts'
import { ScoringServerError, type ScoringServerExit, type ScoringServerSpec } from './scoringServer.ts'
import { tellingLogLine } from './serverLog.ts'

/** A server that was started and may still end before it is ready. */
export interface StartedServer {
  readonly spec: ScoringServerSpec
  readonly exited: Promise<ScoringServerExit>
  /** How long the log was before this server wrote to it, in bytes. */
  readonly logStart: number
}

/** Waits for the server's exit and tells why it came too early. */
export async function earlyExit(server: StartedServer): Promise<ScoringServerError> {
  const { code } = await server.exited
  const lastLogLine = await tellingLogLine(server.spec.logFile, server.logStart)
  const how = code === null ? 'was killed' : `ended with exit code ${code}`
  return new ScoringServerError(
    `The scoring server "${server.spec.name}" ${how} before it was ready${lastLogLine === undefined ? '.' : `: ${lastLogLine}`}`,
    { exitCode: code, lastLogLine },
  )
}

/**
 * Resolves once the server answers. Rejects with `ScoringServerError` when it ends first, and with the signal's reason
 * when that is aborted first.
 */
export async function readyBeforeExit(server: StartedServer, url: string, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  void server.exited.then(() => ended.abort())
  try {
    await answersLiveness(url, AbortSignal.any([signal, ended.signal]))
  } catch (error) {
    if (!ended.signal.aborted) throw error
    throw await earlyExit(server)
  }
}
