import { randomUUID } from 'node:crypto'

/** Why no token is given out, in the words and numbers of Entra (AADSTS error codes; RFC 6749, 5.2). */
export class TokenRefusal extends Error {
  readonly status: 400 | 401
  readonly #error: string
  readonly #number: number

  /** `invalid_client`, which is about who asks, is answered with 401, everything else with 400. */
  constructor(options: { readonly error: string; readonly number: number; readonly description: string }) {
    super(options.description)
    this.status = options.error === 'invalid_client' ? 401 : 400
    this.#error = options.error
    this.#number = options.number
  }

  body(): Readonly<Record<string, unknown>> {
    const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`
    const [traceId, correlationId] = [randomUUID(), randomUUID()]
    return {
      error: this.#error,
      error_description: `AADSTS${this.#number}: ${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [this.#number],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
    }
  }
}
