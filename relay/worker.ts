import { type Log, plainText, type WakeUp, type WakeUps } from '../core/index.ts'

/** Who acts on what the relay was told: looks at the registry, decides, and starts. Level-triggered: too often is harmless. */
export interface Controller {
  /** Looks at the models that wake-ups name. What it could not do it does at its next look; it rejects on trouble of its own. */
  wake(wakeUps: readonly WakeUp[], signal: AbortSignal): Promise<void>
  /** Looks at everything that rules name. */
  sweep(signal: AbortSignal): Promise<void>
}

const mostAtOnce = 500
/** After trouble of its own the worker waits so long, and longer each time. */
const leastPauseMilliseconds = 1000
const mostPauseMilliseconds = 60_000

/**
 * Carries wake-ups from the store to the controller, and sweeps by the clock. A wake-up is done once the controller has
 * looked, so that one that a killed process was working on is taken again by the next.
 */
export class Worker {
  readonly #options: {
    readonly wakeUps: WakeUps
    readonly controller: Controller
    readonly sweepSeconds: number
    readonly log: Log
    readonly signal: AbortSignal
  }
  #woken = true
  #wake: () => void = () => undefined
  #sweepDueAt = 0
  #trouble: string | undefined

  constructor(options: {
    readonly wakeUps: WakeUps
    readonly controller: Controller
    /** How long between sweeps; the first one comes at once. */
    readonly sweepSeconds: number
    readonly log: Log
    /** Ends the work. */
    readonly signal: AbortSignal
  }) {
    this.#options = options
  }

  /** There is something to take. */
  readonly woken = (): void => {
    this.#woken = true
    this.#wake()
  }

  /** Why the work does not get on; undefined when it does. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Resolves when the signal is aborted and what was begun has ended. */
  async run(): Promise<void> {
    const { signal, log } = this.#options
    let pauseMilliseconds = leastPauseMilliseconds
    while (!signal.aborted) {
      try {
        this.#woken = false
        await this.#takeAll()
        if (Date.now() >= this.#sweepDueAt) await this.#sweep()
        this.#trouble = undefined
        pauseMilliseconds = leastPauseMilliseconds
        if (!this.#woken) await this.#rest(this.#sweepDueAt - Date.now())
      } catch (error) {
        if (signal.aborted) return
        this.#trouble = error instanceof Error ? error.message : String(error)
        log.error(plainText(`The work on wake-ups does not get on and is tried again: ${this.#trouble}`))
        this.#woken = false
        await this.#rest(pauseMilliseconds)
        pauseMilliseconds = Math.min(mostPauseMilliseconds, pauseMilliseconds * 2)
      }
    }
  }

  async #takeAll(): Promise<void> {
    const { wakeUps, controller, signal } = this.#options
    while (!signal.aborted) {
      const taken = await wakeUps.take(mostAtOnce)
      if (taken.length === 0) return
      await controller.wake(taken, signal)
      signal.throwIfAborted()
      await wakeUps.done(taken)
    }
  }

  async #sweep(): Promise<void> {
    const { controller, sweepSeconds, signal } = this.#options
    // Counted from its beginning, so that a slow sweep does not make the next one late.
    this.#sweepDueAt = Date.now() + sweepSeconds * 1000
    await controller.sweep(signal)
  }

  /** Until the time is over, something is there, or the work is to end. */
  #rest(milliseconds: number): Promise<void> {
    const { signal } = this.#options
    return new Promise((settle) => {
      const timer = setTimeout(end, Math.max(0, Math.min(milliseconds, 2_147_483_647)))
      function end() {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        settle()
      }
      this.#wake = end
      signal.addEventListener('abort', end, { once: true })
      if (signal.aborted || this.#woken) end()
    })
  }
}
