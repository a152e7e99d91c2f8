import type { TriggerSource } from '../config/triggerFile.ts'
import type { Measured } from './metrics.ts'

/** A model version as rules see it. */
export interface RegisteredVersion extends Measured {
  readonly model: string
  readonly version: string
  readonly id: string
  readonly stage: string | undefined
  readonly isArchived: boolean
  /** ISO 8601, by the registry's clock. */
  readonly registeredAt: string
}

/** A model as a list of models tells of it, without a request for each. */
export interface RegisteredModel {
  readonly name: string
  readonly latestVersion: string | undefined
}

/** What a service serves of one model. */
export interface ServedVersion extends Measured {
  readonly model: string
  readonly version: string
}

/** What the trigger asks of the place where models are registered. */
export interface Registry {
  readonly source: TriggerSource
  /** How many requests were sent so far. */
  readonly requests: number
  /** Every model; pages are read as they are needed. */
  models(): AsyncIterable<RegisteredModel>
  /** Versions of a model, the newest first; none when there is no such model. Pages are read as they are needed. */
  versions(model: string): AsyncIterable<RegisteredVersion>
  version(model: string, version: string): Promise<RegisteredVersion | undefined>
  /** What the endpoint serves with most of its traffic; undefined when there is no endpoint or it serves nothing. */
  served(service: string): Promise<ServedVersion | undefined>
  /** The version, as `model:version`, that the endpoint last tried and took back; undefined when there is none. */
  refused(service: string): Promise<string | undefined>
  /** Sets one tag of a version; false when the version is gone. Writes nothing when the tag is as asked already. */
  tag(options: {
    readonly model: string
    readonly version: string
    readonly name: string
    readonly value: string
  }): Promise<boolean>
}
