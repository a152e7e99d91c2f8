import { type Log, plainText } from '../core/index.ts'

/** Who acts on what the relay was told: looks at the registry, decides, and starts. Too often is harmless. */
export interface Controller {
  /** Looks at the models that waiting wake-ups name; answers with how many there were. */
  handleWakeUps(limit?: number): Promise<number>
  /** Goes on with everything that is under way and whose time has come. */
  goOn(): Promise<unknown>
  /** Milliseconds until something that is under way can be gone on with; undefined when nothing is. */
  readonly nextDue: number | undefined
  /** Looks at every model that rules name. */
  sweep(): Promise<unknown>
}

/** Others may put wake-ups into a store that is shared; nobody tells of those. */
const lookMilliseconds = 5000
/** After trouble of its own the worker waits so long, and longer each time. */
const leastPauseMilliseconds = 1000
const mostPauseMilliseconds = 60_000

/**
 * Keeps a controller at work: at once when the relay has taken something, when something under way is due, and by the
 * clock. Sweeps run beside that, because a long one must not hold up what is new.
 */
export class Worker {
  readonly #controller: Controller
  readonly #sweepSeconds: number
  readonly #log: Log
  readonly #signal: AbortSignal
  readonly #trouble = new Map<string, string>()
  #isWoken = false
  #wake: () => void = () => undefined

  constructor(options: {
    readonly controller: Controller
    /** How long between sweeps; the first one comes at once. */
    readonly sweepSeconds: number
    readonly log: Log
    /** Ends the work. */
    readonly signal: AbortSignal
  }) {
    this.#controller = options.controller
    this.#sweepSeconds = options.sweepSeconds
    this.#log = options.log
    this.#signal = options.signal
  }

  /** There is something to look at. */
  readonly woken = (): void => {
    this.#isWoken = true
    this.#wake()
  }

  /** Why the work does not get on; undefined when it does. */
  get trouble(): string | undefined {
    return [...this.#trouble.values()][0]
  }

  /** Resolves when the signal is aborted and what was begun has ended. */
  async run(): Promise<void> {
    await Promise.all([
      this.#again('acting on wake-ups', async () => {
        this.#isWoken = false
        await this.act()
        return Math.min(lookMilliseconds, this.#controller.nextDue ?? lookMilliseconds)
      }),
      this.#again('sweeping', async () => {
        await this.#controller.sweep()
        return this.#sweepSeconds * 1000
      }),
    ])
  }

  /** Handles what waits now, to its end. */
  async act(): Promise<void> {
    do await this.#controller.goOn()
    while (!this.#signal.aborted && (await this.#controller.handleWakeUps()) > 0)
    await this.#controller.goOn()
  }

  /** Does some work again and again; it answers how many milliseconds may pass until it is done again. */
  async #again(what: string, work: () => Promise<number>): Promise<void> {
    let pauseMilliseconds = leastPauseMilliseconds
    const isWakeable = what === 'acting on wake-ups'
    while (!this.#signal.aborted) {
      let rest: number
      try {
        rest = await work()
        this.#trouble.delete(what)
        pauseMilliseconds = leastPauseMilliseconds
      } catch (error) {
        if (this.#signal.aborted) return
        const reason = plainText(error instanceof Error ? error.message : String(error))
        this.#trouble.set(what, reason)
        this.#log.error(`The relay has trouble with ${what} and tries it again: ${reason}`)
        rest = pauseMilliseconds
        pauseMilliseconds = Math.min(mostPauseMilliseconds, pauseMilliseconds * 2)
        this.#isWoken = isWakeable ? false : this.#isWoken
      }
      await this.#rest(rest, isWakeable)
    }
  }

  /** Until the time is over, something is there, or the work is to end. */
  #rest(milliseconds: number, isWakeable: boolean): Promise<void> {
    const signal = this.#signal
    if (signal.aborted || (isWakeable && this.#isWoken)) return Promise.resolve()
    return new Promise((settle) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        settle()
      }
      const timer = setTimeout(end, Math.max(0, Math.min(milliseconds, 2_147_483_647)))
      signal.addEventListener('abort', end, { once: true })
      if (isWakeable) this.#wake = end
    })
  }
}
