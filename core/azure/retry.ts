import type { PipelineResponse } from '@azure/core-rest-pipeline'
import type { Log } from '../host.ts'
import type { Clock } from './clock.ts'

const longestWaitMilliseconds = 120_000
const mostRetries = 5
const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

// REQUEST_SEND_ERROR and PARSE_ERROR are the pipeline library's own: nothing was sent, or the answer broke off.
const transientCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'REQUEST_SEND_ERROR',
  'PARSE_ERROR',
])

/**
 * Sends a request again while the failure looks transient, at most five times. `Retry-After` is honoured up to two
 * minutes; a service that asks for more patience than that gets none, and its answer is returned as it is.
 * Only for what may be sent twice.
 */
export async function sendWithRetries(options: {
  readonly attempt: () => Promise<PipelineResponse>
  readonly doing: string
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly log?: Log | undefined
}): Promise<PipelineResponse> {
  const { attempt, doing, signal, clock, log } = options
  for (let retry = 0; ; retry += 1) {
    const outcome = await attempt().then(
      (response) => ({ response, reason: `Azure answered ${response.status}` }),
      (error: unknown) => {
        signal.throwIfAborted()
        if (retry === mostRetries || !isTransient(error)) throw error
        return { response: undefined, reason: `the connection failed (${messageOf(error)})` }
      },
    )
    const { response, reason } = outcome
    if (response && (retry === mostRetries || !transientStatuses.has(response.status))) return response
    const asked = response && retryAfterMilliseconds(response, clock)
    if (response && asked !== undefined && asked > longestWaitMilliseconds) return response
    const wait = asked ?? 300 * 2 ** retry * (0.75 + Math.random() / 2)
    log?.debug(
      `While ${doing}, ${reason}; trying again in ${(wait / 1000).toFixed(1)} s (${retry + 1} of ${mostRetries}).`,
    )
    await clock.pause(wait, signal)
  }
}

/** The service's wish in milliseconds, from `Retry-After` in seconds or as a date, or from the older spellings. */
export function retryAfterMilliseconds(answer: Pick<PipelineResponse, 'headers'>, clock: Clock): number | undefined {
  const milliseconds = answer.headers.get('retry-after-ms') ?? answer.headers.get('x-ms-retry-after-ms')
  if (milliseconds && Number.isFinite(Number(milliseconds))) return Math.max(0, Number(milliseconds))
  const value = answer.headers.get('retry-after')
  if (!value) return undefined
  if (Number.isFinite(Number(value))) return Math.max(0, Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now())
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // The library reports its own time limit as an abort; an abort of ours was rethrown before.
  if (error.name === 'AbortError') return true
  return 'code' in error && typeof error.code === 'string' && transientCodes.has(error.code)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
