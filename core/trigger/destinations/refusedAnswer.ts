import { unwrapErrorBody } from '../../azure/errorBody.ts'
import { DispatchError } from '../destination.ts'
import { remoteText } from './remoteText.ts'

/** What of an answer tells why it is no success. */
export interface RefusedAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** Longer waits than a day are not honoured: the sweep comes by again before. */
const longestWaitSeconds = 86_400

/**
 * An answer that is no success, as an error. What the destination says it did not do is certain; after an error of its
 * own (5xx) it may have done it all the same. What only a person can change is permanent.
 */
export function refusedAnswer(options: {
  readonly answer: RefusedAnswer
  readonly doing: string
  readonly host: string
  readonly now: number
  /** What to try for a status, where the destination's habits are known. */
  readonly hint?: string | undefined
}): DispatchError {
  const { answer, doing, host, now, hint } = options
  const { status } = answer
  const cause = unwrapErrorBody(answer.text)
  const said = remoteText([cause.code, cause.message].filter((part) => part !== undefined).join(': '))
  const limited = isRateLimit(answer)
  const message = `While ${doing}, ${host} answered ${status}${said === '' ? '' : `: ${said.replace(/\.$/, '')}`}.${hint === undefined ? '' : ` ${hint}`}`
  return new DispatchError(message, {
    certain: status < 500 && status !== 408,
    permanent: status < 500 && !limited && ![408, 409, 423, 425].includes(status),
    retryAfterSeconds: limited || status >= 500 ? waitSeconds(answer.headers, now) : undefined,
  })
}

/** GitHub tells of its limits with 403 too, and then says when they end. */
function isRateLimit({ status, headers }: RefusedAnswer): boolean {
  return (
    status === 429 || (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'))
  )
}

function waitSeconds(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const after = headers.get('retry-after')
  const reset = headers.get('x-ratelimit-remaining') === '0' ? headers.get('x-ratelimit-reset') : undefined
  const date = after === undefined ? Number.NaN : Date.parse(after)
  const wished =
    after !== undefined && /^\d+$/.test(after)
      ? Number(after)
      : !Number.isNaN(date)
        ? (date - now) / 1000
        : reset !== undefined && /^\d+$/.test(reset)
          ? Number(reset) - now / 1000
          : undefined
  return wished === undefined ? undefined : Math.min(longestWaitSeconds, Math.max(0, Math.ceil(wished)))
}
