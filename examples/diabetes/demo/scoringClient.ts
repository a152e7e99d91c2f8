import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'undici'
import { z } from 'zod'
import { type HeldOut, rSquared } from './heldOut.ts'

/** One request of the client and what came of it. Times are in ms since the process started. */
export interface Exchange {
  readonly sentAt: number
  readonly receivedAt: number
  /** As the answer names them; undefined when there was none, or it does not say. */
  readonly deployment: string | undefined
  readonly version: string | undefined
  /** Why the request counts as failed. */
  readonly failure: string | undefined
}

const answer = z.object({ result: z.array(z.number()), model: z.object({ version: z.string() }) })
const answerSeconds = 5

/**
 * A client that does not stop: two callers, each on a connection of its own that is kept open, send one held-out
 * patient after the other to the public scoring address. A request fails when it gets no answer, one with another
 * status than 200, or one that is not what the coefficients of the version it names give.
 */
export class ScoringClient {
  readonly exchanges: Exchange[] = []
  readonly #scoringUri: URL
  readonly #bearer: string
  readonly #heldOut: HeldOut
  readonly #callers: readonly Client[]
  readonly #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: {
    readonly scoringUri: string
    readonly bearer: string
    readonly certificateAuthority: string
    readonly heldOut: HeldOut
  }) {
    this.#scoringUri = new URL(options.scoringUri)
    this.#bearer = options.bearer
    this.#heldOut = options.heldOut
    this.#callers = [0, 1].map(
      () =>
        new Client(this.#scoringUri.origin, {
          connect: { ca: options.certificateAuthority },
          headersTimeout: answerSeconds * 1000,
          bodyTimeout: answerSeconds * 1000,
        }),
    )
  }

  /** Requests that have been answered or have failed so far. */
  get count(): number {
    return this.exchanges.length
  }

  /** A caller that is late sends its next request at once, but does not catch up. */
  start({ requestsPerSecond }: { readonly requestsPerSecond: number }): void {
    const milliseconds = (1000 * this.#callers.length) / requestsPerSecond
    this.#running = Promise.all(
      this.#callers.map(async (caller, index) => {
        for (let patient = index; !this.#stop.signal.aborted; patient += this.#callers.length) {
          const due = performance.now() + milliseconds
          this.exchanges.push(await this.#score(caller, patient % this.#heldOut.data.length))
          const early = due - performance.now()
          if (early > 0) await pause(early)
        }
      }),
    )
  }

  /** Resolves once `count` more requests have come to an end, or the client was stopped. */
  async more(count: number): Promise<void> {
    const until = this.count + count
    while (this.count < until && !this.#stop.signal.aborted) await pause(10)
  }

  /** R² of whatever serves now, on all held-out patients, in one request of its own. */
  async measure(): Promise<number> {
    const [caller] = this.#callers
    if (!caller) throw new Error('A client has at least one caller.')
    const { status, text } = await this.#send(caller, this.#heldOut.data)
    if (status !== 200) throw new Error(`The service answered ${status} to all held-out patients: ${text}`)
    return rSquared(this.#heldOut.target, answer.parse(JSON.parse(text)).result)
  }

  /** Resolves when every request that was sent has come to an end. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await Promise.all(this.#callers.map((caller) => caller.destroy()))
  }

  async #score(caller: Client, patient: number): Promise<Exchange> {
    const sentAt = performance.now()
    const done = (found: Partial<Exchange>): Exchange => ({
      ...{ sentAt, receivedAt: performance.now() },
      ...{ deployment: undefined, version: undefined, failure: undefined, ...found },
    })
    try {
      const { status, deployment, text } = await this.#send(caller, [this.#heldOut.data[patient] ?? []])
      if (status !== 200) return done({ deployment, failure: `status ${status}` })
      const { result, model } = answer.parse(JSON.parse(text))
      const expected = this.#heldOut.estimates.get(model.version)?.[patient] ?? Number.NaN
      const right = Math.abs((result[0] ?? Number.NaN) - expected) < 1e-6
      const failure = right ? undefined : 'status 200 with a wrong answer'
      return done({ deployment, version: model.version, failure })
    } catch (error) {
      const cause = error instanceof Error && 'code' in error ? String(error.code) : undefined
      return done({
        failure:
          error instanceof SyntaxError || error instanceof z.ZodError
            ? 'status 200 with an unreadable answer'
            : `no answer: ${cause ?? error}`,
      })
    }
  }

  async #send(caller: Client, data: HeldOut['data']) {
    const { statusCode, headers, body } = await caller.request({
      path: this.#scoringUri.pathname,
      method: 'POST',
      headers: { authorization: `Bearer ${this.#bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data }),
    })
    const named = headers['azureml-model-deployment']
    return { status: statusCode, deployment: typeof named === 'string' ? named : undefined, text: await body.text() }
  }
}
