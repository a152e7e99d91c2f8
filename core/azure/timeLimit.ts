/**
 * A signal that is aborted with the given one, or after some time. Requests get it instead of the pipeline library's own
 * time limit, whose timer outlives a failed request and keeps the process from ending.
 */
export function timeLimit(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds)
  return signal ? AbortSignal.any([signal, limit]) : limit
}

/**
 * Work under a time limit of which nothing is left when it ends. A signal of `timeLimit` stays in memory, with the
 * request that listens to it, until its time is over; tens of thousands of requests in that time would add up.
 */
export async function withinTime<Result>(options: {
  readonly milliseconds: number
  readonly signal: AbortSignal
  readonly work: (signal: AbortSignal) => Promise<Result>
}): Promise<Result> {
  const { milliseconds, signal, work } = options
  signal.throwIfAborted()
  const limit = new AbortController()
  const abort = () => limit.abort(signal.reason)
  const timer = setTimeout(() => limit.abort(), milliseconds)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(limit.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
