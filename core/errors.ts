/** What a user can mend: a whole sentence with the value in it, and what to try. Everything else is a bug or Azure's answer. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly hint: string | undefined
  /** What the run found out before it failed; a host hands them out as it does those of a run that succeeds. */
  readonly outputs: Readonly<Record<string, unknown>>

  constructor(
    message: string,
    options: {
      readonly hint?: string | undefined
      readonly cause?: unknown
      readonly outputs?: Readonly<Record<string, unknown>> | undefined
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.outputs = options.outputs ?? {}
  }
}

/** Where in a file a fault lies; lines count from 1. */
export interface SourcePosition {
  readonly file: string
  readonly line?: number | undefined
}

/** A fault in the inputs or in a file the user wrote, found before anything was changed. */
export class InputError extends UserError {
  override readonly name: string = 'InputError'
  readonly position: SourcePosition | undefined

  constructor(
    message: string,
    options: {
      readonly hint?: string | undefined
      readonly cause?: unknown
      readonly position?: SourcePosition | undefined
    } = {},
  ) {
    super(message, options)
    this.position = options.position
  }
}

/** A candidate was refused and what served before serves again. The outputs tell what was done about it. */
export class RefusedError extends UserError {
  override readonly name: string = 'RefusedError'
}

/** Makes a `switch` over a union complete: a missing case does not compile. */
export function assertNever(value: never): never {
  throw new Error(`This value was not expected: ${JSON.stringify(value)}.`)
}
