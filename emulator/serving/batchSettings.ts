import { z } from 'zod'
import type { Bag } from '../state/records.ts'
import { durationMilliseconds } from './deploymentContent.ts'

const settings = z.looseObject({
  miniBatchSize: z.number().nullish(),
  errorThreshold: z.number().nullish(),
  outputAction: z.string().nullish(),
  retrySettings: z.looseObject({ maxRetries: z.number().nullish(), timeout: z.string().nullish() }).nullish(),
})

/** How a batch deployment goes about its files, with Azure's defaults for what was left out. */
export interface BatchSettings {
  /** Files that one call of `run` gets. */
  readonly miniBatchSize: number
  /** Files that may fail; -1 is any number. */
  readonly errorThreshold: number
  /** False when the script writes its results itself. */
  readonly appendRows: boolean
  /** How often a failed call is repeated. */
  readonly maxRetries: number
  /** How long one call may take. */
  readonly timeoutSeconds: number
}

/** Throws when the properties are not a batch deployment's. */
export function batchSettings(properties: Bag): BatchSettings {
  const { miniBatchSize, errorThreshold, outputAction, retrySettings } = settings.parse(properties)
  return {
    miniBatchSize: miniBatchSize ?? 10,
    errorThreshold: errorThreshold ?? -1,
    appendRows: outputAction !== 'SummaryOnly',
    maxRetries: retrySettings?.maxRetries ?? 3,
    timeoutSeconds: durationMilliseconds(retrySettings?.timeout ?? 'PT30S') / 1000,
  }
}
