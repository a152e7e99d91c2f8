import { randomBytes } from 'node:crypto'

export interface ArmErrorDetail {
  readonly code: string
  readonly message: string
}

/** An error as Azure answers it: `{"error":{"code","message",...}}` with a status code. */
export class ArmError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  readonly #details: readonly ArmErrorDetail[] | undefined

  /** Errors of the resource manager itself are plain; those of Azure ML behind it carry details (`mlError`). */
  constructor(options: {
    readonly status: number
    readonly code: string
    readonly message: string
    readonly headers?: Readonly<Record<string, string>>
    readonly details?: readonly ArmErrorDetail[]
  }) {
    super(options.message)
    this.status = options.status
    this.code = options.code
    this.headers = options.headers ?? {}
    this.#details = options.details
  }

  body(location: string): unknown {
    const { code, message } = this
    if (this.#details === undefined) return { error: { code, message } }
    const correlation = { operation: randomBytes(16).toString('hex'), request: randomBytes(8).toString('hex') }
    return {
      error: {
        code,
        message,
        details: this.#details.map((detail) => ({ ...detail, details: [], additionalInfo: [] })),
        additionalInfo: [
          { type: 'ComponentName', info: { value: 'managementfrontend' } },
          { type: 'Correlation', info: { value: correlation } },
          { type: 'Environment', info: { value: location } },
          { type: 'Location', info: { value: location } },
          { type: 'Time', info: { value: new Date().toISOString() } },
        ],
      },
    }
  }
}

/** An error of Azure ML for what the user asked, in its envelope. */
export function mlError(options: {
  readonly status: number
  readonly message: string
  readonly details?: readonly ArmErrorDetail[]
}): ArmError {
  return new ArmError({ code: 'UserError', details: [], ...options })
}

/** Azure ML's 404: the reason is in the detail, the message is the same for every kind of resource. */
export function notFound(code: string, message: string): ArmError {
  return mlError({ status: 404, message: 'The specified resource was not found.', details: [{ code, message }] })
}

/** 400 for a body or a name that breaks a rule. */
export function badRequest(message: string): ArmError {
  return new ArmError({
    status: 400,
    code: 'BadRequest',
    message: 'The request is invalid.',
    details: [{ code: 'InvalidRequest', message }],
  })
}

/** 409 while another operation on the resource runs. */
export function conflict(message: string): ArmError {
  return new ArmError({ status: 409, code: 'Conflict', message, details: [] })
}
