import { isRestError, type PipelineResponse } from '@azure/core-rest-pipeline'
import { unwrapErrorBody } from './errorBody.ts'
import { hintFor } from './errorHints.ts'

/** What Azure, or the way to it, answered instead of doing what was asked. */
export class AzureError extends Error {
  override readonly name: string = 'AzureError'
  /** What was being done, as in `creating the deployment "green"`. */
  readonly doing: string
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined
  /** The innermost code, such as `ModelNotFound` or `ECONNREFUSED`. */
  readonly code: string | undefined
  /** The innermost message on its own. `message` is the whole sentence around it. */
  readonly reason: string
  readonly correlationId: string | undefined
  readonly hint: string | undefined

  constructor(details: {
    readonly doing: string
    readonly status?: number | undefined
    readonly code?: string | undefined
    readonly reason: string
    readonly correlationId?: string | undefined
    /** How it went wrong, when that was neither an error status nor the lack of an answer. */
    readonly how?: string | undefined
    readonly cause?: unknown
  }) {
    const { doing, status, code, reason, correlationId } = details
    const answered = details.how ?? (status === undefined ? 'no usable answer came' : `Azure answered ${status}`)
    const ended = /[.!?]$/.test(reason) ? reason : `${reason}.`
    const correlated = correlationId ? ` Correlation id: ${correlationId}.` : ''
    super(
      `While ${doing}, ${answered}${code ? ` (${code})` : ''}: ${ended}${correlated}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.doing = doing
    this.status = status
    this.code = code
    this.reason = reason
    this.correlationId = correlationId
    this.hint = hintFor({ status, code, reason })
  }

  /** From an answer with an error status. */
  static fromAnswer(doing: string, response: PipelineResponse): AzureError {
    const { code, message } = unwrapErrorBody(response.bodyAsText ?? '')
    return new AzureError({
      doing,
      status: response.status,
      code: code ?? response.headers.get('x-ms-error-code'),
      reason: message ?? 'The answer holds no explanation.',
      correlationId: correlationIdOf(response),
    })
  }

  /** From what was thrown when no answer came: the connection, the certificate, the sign-in. */
  static fromFailure(doing: string, failure: unknown): AzureError {
    if (failure instanceof AzureError) return failure
    const message = failure instanceof Error ? failure.message : String(failure)
    if (isSignInFailure(failure)) return signInError(doing, failure)
    const code = isRestError(failure) || hasCode(failure) ? failure.code : undefined
    const timedOut = failure instanceof Error && failure.name === 'AbortError'
    return new AzureError({
      doing,
      code: timedOut ? 'TimedOut' : code,
      reason: timedOut ? 'The service did not answer in time.' : message,
      cause: failure,
    })
  }
}

/** True when Azure refused because another change of the same resource is under way (azureml-api.md 3.0). */
export function isBusy(error: unknown): error is AzureError {
  return (
    error instanceof AzureError &&
    (error.status === 409 || error.status === 400) &&
    /\bin \w+ provisioning state\b|\bin (creating|updating|deleting|scaling) state\b/i.test(error.reason)
  )
}

export function correlationIdOf(response: PipelineResponse): string | undefined {
  return response.headers.get('x-ms-correlation-request-id') ?? response.headers.get('x-ms-request-id')
}

// Told by their names, because the identity library is loaded only by hosts.
const signInFailures = new Set([
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
])

function isSignInFailure(failure: unknown): failure is Error {
  return failure instanceof Error && (signInFailures.has(failure.name) || /AADSTS\d+/.test(failure.message))
}

function signInError(doing: string, failure: Error): AzureError {
  const aadsts = /AADSTS\d+/.exec(failure.message)?.[0]
  const correlationId = /Correlation ID: ([0-9a-f-]{36})/i.exec(failure.message)?.[1]
  const described = /AADSTS\d+: ([^\r\n]*?)(?= Trace ID| Correlation ID|$)/m.exec(failure.message)?.[1]
  const allUnavailable =
    failure.name === 'CredentialUnavailableError' || failure.name === 'AggregateAuthenticationError'
  return new AzureError({
    doing: `signing in for ${doing}`,
    code: aadsts ?? (allUnavailable ? 'CredentialUnavailable' : undefined),
    reason: described ?? failure.message,
    correlationId,
    cause: failure,
  })
}

function hasCode(value: unknown): value is { readonly code: string } {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}
