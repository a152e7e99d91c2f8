/** A reason to look at a model now instead of at the next sweep. What is to be done the registry says, not this. */
export interface WakeUp {
  /** The workspace's ARM id. */
  readonly workspaceId: string
  readonly model: string
  readonly version: string | undefined
  /** Who told: `event-grid`, `mlflow`, `databricks`. */
  readonly source: string
  readonly eventId: string
  /** ISO 8601. */
  readonly receivedAt: string
}

export interface WakeUps {
  /** Durable when it resolves. The same eventId twice is one. */
  put(wakeUp: WakeUp): Promise<void>
  /** The oldest that are not done. */
  take(limit: number): Promise<readonly WakeUp[]>
  done(wakeUps: readonly WakeUp[]): Promise<void>
}
