import type { Time } from '../../../../core/trigger/pacing.ts'

/** Time that passes only when everybody waits, and then at once. */
export class VirtualTime {
  #now = 0
  #sequence = 0
  readonly #heap: { readonly at: number; readonly sequence: number; readonly run: () => void }[] = []

  get now(): number {
    return this.#now
  }

  at(milliseconds: number, run: () => void): void {
    this.#sequence += 1
    const heap = this.#heap
    heap.push({ at: Math.max(milliseconds, this.#now), sequence: this.#sequence, run })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#isBefore(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + milliseconds, resolve))
  }

  /** Runs until a moment, or until nobody waits for anything. */
  async runUntil(end: number): Promise<void> {
    let steps = 0
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop()
      this.#now = next.at
      next.run()
      // Everything that follows without waiting happens now: a tick begun here comes after all promises have settled.
      await new Promise((resolve) => process.nextTick(resolve))
      steps += 1
      // What the runtime only does between rounds of its loop, such as forgetting what is not reachable any more.
      if (steps % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    this.#now = end
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    heap[0] = last
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1
      let least = parent
      for (const child of [left, left + 1]) if (child < heap.length && this.#isBefore(child, least)) least = child
      if (least === parent) return
      this.#swap(least, parent)
      parent = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (!one || !other) return false
    return one.at < other.at || (one.at === other.at && one.sequence < other.sequence)
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one && other) [this.#heap[a], this.#heap[b]] = [other, one]
  }
}

/** Begins at a moment of the calendar, so that rules about dates can be tried. */
export const epoch = Date.parse('2026-11-27T00:00:00Z')

/** The time of one process, whose hour is wrong by `skew`. */
export function timeOf(time: VirtualTime, skew: number, passes: (pause: () => Promise<void>) => Promise<void>): Time {
  return {
    now: () => epoch + time.now + skew,
    elapsed: () => time.now,
    async pause(milliseconds, signal) {
      signal?.throwIfAborted()
      await passes(
        () =>
          new Promise((resolve, reject) => {
            const abort = () => reject(signal?.reason)
            signal?.addEventListener('abort', abort, { once: true })
            time.at(time.now + milliseconds, () => {
              signal?.removeEventListener('abort', abort)
              resolve()
            })
          }),
      )
    },
  }
}
