import { setTimeout as pause } from 'node:timers/promises'

/** Time, passed in so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects with the signal's reason when that is aborted first. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  async pause(milliseconds, signal) {
    signal?.throwIfAborted()
    try {
      await pause(milliseconds, undefined, signal ? { signal } : {})
    } catch (error) {
      // Node wraps the reason in an AbortError of its own; callers look for the reason they gave.
      signal?.throwIfAborted()
      throw error
    }
  },
}
