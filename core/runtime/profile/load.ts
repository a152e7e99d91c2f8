import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Sample } from './statistics.ts'

/** A request of the user's, ready to be sent, and what tells whether its answer is right. */
export interface LoadRequest {
  readonly method: 'POST' | 'GET' | 'OPTIONS'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
  readonly isRight: (answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly milliseconds: number
  }) => boolean
}

export interface Load {
  readonly url: string
  readonly requests: readonly LoadRequest[]
  readonly seconds: number
  /** Without a rate: so many lanes that each send their next request when the last is answered. */
  readonly concurrency: number
  /**
   * Requests come at this pace whatever the answers do, and each one's latency counts from when it was due: a service
   * that falls behind shows it.
   */
  readonly requestsPerSecond: number | undefined
  readonly signal: AbortSignal
}

/** More would only measure how long the queue is. */
const mostInFlight = 200

/**
 * Sends the requests in turn for so many seconds. The seconds it answers with are those that `samples.length` answers
 * took at the rate at which they came.
 */
export async function runLoad(load: Load): Promise<{ readonly samples: readonly Sample[]; readonly seconds: number }> {
  const { url, requests, seconds, concurrency, requestsPerSecond, signal } = load
  const pool = new Pool(url, {
    connections: requestsPerSecond === undefined ? concurrency : mostInFlight,
    pipelining: 1,
  })
  const samples: Sample[] = []
  // One listener for all requests: each on its own would be thousands.
  const stop = () => void pool.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const started = performance.now()
  const end = started + seconds * 1000
  let next = 0
  let first = Number.POSITIVE_INFINITY
  let last = 0
  const one = async (due: number) => {
    const request = requests[next++ % requests.length]
    if (!request) return
    samples.push(await answered(pool, request, due))
    last = performance.now()
    first = Math.min(first, last)
  }
  try {
    if (requestsPerSecond === undefined) {
      const lane = async () => {
        while (performance.now() < end && !signal.aborted) await one(performance.now())
      }
      await Promise.all(Array.from({ length: concurrency }, lane))
    } else {
      const inFlight = new Set<Promise<void>>()
      for (let number = 0; ; number += 1) {
        const due = started + (number * 1000) / requestsPerSecond
        if (due >= end || signal.aborted) break
        const early = due - performance.now()
        if (early > 1) await pause(early, undefined, { signal }).catch(() => undefined)
        if (inFlight.size >= mostInFlight) await Promise.race(inFlight)
        const sending: Promise<void> = one(due).finally(() => inFlight.delete(sending))
        inFlight.add(sending)
      }
      await Promise.all(inFlight)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await pool.destroy()
  }
  signal.throwIfAborted()
  // At a pace, the wait for the first answer is latency: counted as time it would make a service that keeps up look slow.
  const isPaced = requestsPerSecond !== undefined && samples.length > 1
  const span = isPaced ? ((last - first) * samples.length) / (samples.length - 1) : performance.now() - started
  return { samples, seconds: span / 1000 }
}

async function answered(pool: Pool, request: LoadRequest, due: number): Promise<Sample> {
  const { method, path, headers, body } = request
  try {
    const answer = await pool.request({ method, path, headers: { ...headers }, body: body ?? null })
    const text = await answer.body.text()
    const milliseconds = performance.now() - due
    const plain = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    const succeeded = request.isRight({ status: answer.statusCode, headers: plain, body: text, milliseconds })
    return { milliseconds, succeeded }
  } catch {
    return { milliseconds: performance.now() - due, succeeded: false }
  }
}
