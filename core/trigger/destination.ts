/** What is to be started: one rule's answer to one model version. Plain values; safe to keep in the ledger. */
export interface Order {
  /** Stable over retries, relays and sweeps: a digest of workspace, model, version, rule and destination. */
  readonly idempotencyKey: string
  readonly rule: string
  /** The destination's name in triggers.yml. */
  readonly destination: string
  /** The workspace's ARM id. */
  readonly workspaceId: string
  readonly model: {
    readonly name: string
    readonly version: string
    readonly id: string
    readonly tags: Readonly<Record<string, string>>
    readonly properties: Readonly<Record<string, string>>
  }
  /** ISO 8601. */
  readonly registeredAt: string
}

/** What a destination says it started; `url` leads a person there. */
export interface Started {
  readonly id: string
  readonly url?: string | undefined
}

/** How a started run ended, where the destination can tell. */
export type RunState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unknown'

/** Where a pipeline is started. Every method throws DispatchError. */
export interface Destination {
  readonly kind: string
  readonly name: string
  /** Whether `find` can tell that an order was started already; with false, repeats are possible and counted. */
  readonly canFind: boolean
  /** Whether the receiving side refuses or ignores a second delivery with the same idempotency key. */
  readonly takesKey: boolean
  start(order: Order, signal: AbortSignal): Promise<Started>
  /** The run or release that was started for this order, if any; a started run may show only after some seconds. */
  find(order: Order, signal: AbortSignal): Promise<Started | undefined>
  state?(started: Started, signal: AbortSignal): Promise<RunState>
}

/**
 * A dispatch that did not end well. `certain`: the destination started nothing, so sending again cannot repeat anything;
 * without it the request may have been accepted (the answer was lost), and `find` is asked before sending again.
 * `permanent`: trying again cannot help until a person changes something.
 */
export class DispatchError extends Error {
  override readonly name = 'DispatchError'
  readonly certain: boolean
  readonly permanent: boolean
  readonly retryAfterSeconds?: number

  constructor(
    message: string,
    options: {
      readonly certain: boolean
      readonly permanent: boolean
      readonly retryAfterSeconds?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.certain = options.certain
    this.permanent = options.permanent
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds
  }
}
