/**
 * A signal that is aborted with the given one, or after some time. Requests get it instead of the pipeline library's own
 * time limit, whose timer outlives a failed request and keeps the process from ending.
 */
export function timeLimit(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds)
  return signal ? AbortSignal.any([signal, limit]) : limit
}
