import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'undici'
import type { ScoringRuntime, ScoringServer, ScoringServerSpec } from '../../core/runtime/scoringServer.ts'

/**
 * Idle connections are given up sooner than any server gives them up (two seconds, gunicorn): a request is never sent
 * on one that the other side is just closing.
 */
const idleMilliseconds = 1_000
const connections = 128
const longestPauseMilliseconds = 30_000

/**
 * One generation of a deployment, running. When its server ends by itself it is started again, after pauses that
 * double from half a second to half a minute.
 */
export class RunningServer {
  readonly #runtime: ScoringRuntime
  readonly #spec: ScoringServerSpec
  readonly #readyMilliseconds: number
  readonly #log: (line: string) => void
  readonly #retired = new AbortController()
  #server: ScoringServer | undefined
  #pool: Pool | undefined
  #inFlight = 0
  #drained: (() => void) | undefined
  #watch: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly runtime: ScoringRuntime
    readonly spec: ScoringServerSpec
    readonly readyMilliseconds: number
    readonly log: (line: string) => void
  }) {
    this.#runtime = options.runtime
    this.#spec = options.spec
    this.#readyMilliseconds = options.readyMilliseconds
    this.#log = options.log
  }

  /** The way to the server; undefined while it is not running. */
  get pool(): Pool | undefined {
    return this.#pool
  }

  /** Requests that were taken and are not answered yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves when the server is ready. Rejects when it ends before that or does not become ready in time. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#startOnce(AbortSignal.any([signal, this.#retired.signal]))
    this.#watch = this.#keepRunning()
  }

  /** To be called before a request is passed on; what it answers, when the request is over. */
  enter(): () => void {
    this.#inFlight += 1
    return () => {
      this.#inFlight -= 1
      if (this.#inFlight === 0) this.#drained?.()
    }
  }

  /** Waits for the requests that were taken, at most so long, and then stops the server. */
  async retire(drainMilliseconds: number): Promise<void> {
    if (this.#inFlight > 0 && drainMilliseconds > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve
      })
      const tooLong = new AbortController()
      await Promise.race([
        drained,
        pause(drainMilliseconds, undefined, { signal: tooLong.signal }).catch(() => undefined),
      ])
      tooLong.abort()
    }
    this.#retired.abort()
    await this.#server?.stop()
    await this.#watch
    this.#closePool()
  }

  /** Nothing waits for it: connections to a server that is gone have nothing to say any more. */
  #closePool(): void {
    void this.#pool?.destroy().catch(() => undefined)
    this.#pool = undefined
  }

  async #startOnce(signal: AbortSignal): Promise<void> {
    // Loaded with the first server: the workspace is ready sooner without.
    const { Pool } = await import('../httpClient.ts')
    const server = await this.#runtime.start(this.#spec)
    try {
      await server.ready({ signal: AbortSignal.any([signal, AbortSignal.timeout(this.#readyMilliseconds)]) })
    } catch (error) {
      await server.stop()
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new Error(`The server was not ready ${this.#readyMilliseconds / 1000} s after its start.`)
      throw error
    }
    this.#server = server
    this.#pool = new Pool(server.url, {
      connections,
      keepAliveTimeout: idleMilliseconds,
      keepAliveMaxTimeout: idleMilliseconds,
      // A script may take as long as the request's own limit allows.
      bodyTimeout: 0,
    })
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#retired
    let pauseMilliseconds = 500
    let crashedAt = 0
    while (!signal.aborted) {
      const server = this.#server
      if (server !== undefined) {
        const { code } = await server.exited
        if (signal.aborted) return
        // New requests are told to come again; those under way learn that their server is gone.
        this.#closePool()
        this.#server = undefined
        // It has ended; what it leaves behind, a container for instance, goes as well.
        await server.stop()
        if (Date.now() - crashedAt > 60_000) pauseMilliseconds = 500
        this.#log(
          `The server of ${this.#spec.name} ended with code ${code}; it is started again in ${pauseMilliseconds} ms.`,
        )
      }
      crashedAt = Date.now()
      await pause(pauseMilliseconds, undefined, { signal }).catch(() => undefined)
      pauseMilliseconds = Math.min(pauseMilliseconds * 2, longestPauseMilliseconds)
      if (signal.aborted) return
      await this.#startOnce(signal).catch((error: unknown) => {
        if (!signal.aborted)
          this.#log(`${this.#spec.name} could not be started again: ${error instanceof Error ? error.message : error}`)
      })
    }
  }
}
