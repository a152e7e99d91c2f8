import type { Clock } from '../azure/clock.ts'

/** Time as the controller needs it: the hour, which may be wrong by minutes, and spans, which are right. */
export interface Time extends Clock {
  /** Milliseconds that only grow, from any origin, whatever happens to the hour. */
  elapsed(): number
}

/** How long things take at most, in milliseconds. Nothing here compares the clocks of two machines but `skew`. */
export const pacing = {
  /** A worker that has not begun to send this long after it began to write its intent does not send. */
  sendWithin: 20_000,
  /** A destination that has not answered by then is given up on; its answer counts as lost. */
  answerWithin: 30_000,
  /** A started run shows at its destination by then. */
  showsWithin: 40_000,
  /** By this much clocks may differ; only a hint that spares a new process the wait, never what safety rests on alone. */
  skew: 900_000,
  /** Between two looks at a run that was started. */
  confirmEvery: 30_000,
  /** A run that has not ended by then is not looked at any more. */
  confirmFor: 86_400_000,
  retryFirst: 5_000,
  retryMost: 300_000,
} as const

/** After this long nothing that a silent worker may have sent can still arrive, or be there without showing. */
export function silentFor({ canFind }: { readonly canFind: boolean }): number {
  return pacing.sendWithin + pacing.answerWithin + (canFind ? pacing.showsWithin : 0)
}

export function retryWait(tries: number, retryAfterSeconds = 0): number {
  const grown = Math.min(pacing.retryFirst * 2 ** Math.min(tries, 10), pacing.retryMost)
  return Math.max(grown, Math.min(retryAfterSeconds * 1000, 3_600_000))
}

/**
 * For how long records have been as they are. A record's own stamp was written by another machine's clock, so a process
 * measures from when it first saw that state; only a stamp that is older than any clock's error is believed.
 */
export class Observations {
  readonly #time: Time
  readonly #seen = new Map<string, { readonly etag: string; readonly since: number }>()

  constructor(time: Time) {
    this.#time = time
  }

  /** @param at when the state was written, by its writer's clock */
  unchangedFor(name: string, etag: string, at: number): number {
    const { etag: known, since } = this.#seen.get(name) ?? { etag: undefined, since: 0 }
    const here = known === etag ? this.#time.elapsed() - since : 0
    if (known !== etag) this.#seen.set(name, { etag, since: this.#time.elapsed() })
    return Math.max(here, this.#time.now() - at - pacing.skew)
  }

  forget(name: string): void {
    this.#seen.delete(name)
  }
}
