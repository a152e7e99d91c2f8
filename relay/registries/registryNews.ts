/** What a webhook of a model registry tells. */
export interface RegistryNews {
  readonly eventId: string
  /** Whether it is about versions; of other things no rule is about. */
  readonly isWanted: boolean
  readonly model: string
  readonly version: string | undefined
}
