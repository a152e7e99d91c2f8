import { z } from 'zod'
import { labels, said, stringMap } from './resource.ts'

/** What can be written of a batch deployment; a `BatchDeployment` that was read is one. Durations are ISO 8601. */
export interface BatchDeploymentSpec {
  readonly name: string
  readonly location: string
  /** The ARM id of a model version, or the address of one in a registry. */
  readonly model?: string | undefined
  readonly environmentId?: string | undefined
  readonly codeId?: string | undefined
  readonly scoringScript?: string | undefined
  readonly environmentVariables?: Readonly<Record<string, string>> | undefined
  /** The ARM id of a compute cluster. */
  readonly compute?: string | undefined
  readonly instanceCount?: number | undefined
  /** How many files one call of `run` gets. */
  readonly miniBatchSize?: number | undefined
  readonly maxConcurrencyPerInstance?: number | undefined
  /** How many files may fail; -1 is all of them. */
  readonly errorThreshold?: number | undefined
  /** `AppendRow` or `SummaryOnly`. */
  readonly outputAction?: string | undefined
  readonly outputFileName?: string | undefined
  readonly retrySettings?:
    | { readonly maxRetries?: number | undefined; readonly timeout?: string | undefined }
    | undefined
  readonly loggingLevel?: string | undefined
  readonly description?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** What else was read and must be written back untouched: `properties` as the service sent them. */
  readonly raw?: Readonly<Record<string, unknown>> | undefined
}

export interface BatchDeployment extends BatchDeploymentSpec {
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
  readonly provisioningState: string
  readonly raw: Readonly<Record<string, unknown>>
}

export const batchDeploymentResource = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  tags: labels,
  properties: z.looseObject({
    // Deployments of pipeline components have none, and a model may be given by its path.
    model: z.looseObject({ assetId: z.string().optional() }).optional(),
    environmentId: z.string().optional(),
    codeConfiguration: z
      .looseObject({ codeId: z.string().optional(), scoringScript: z.string().optional() })
      .optional(),
    environmentVariables: stringMap.optional(),
    compute: z.string().optional(),
    resources: z.looseObject({ instanceCount: z.number().optional() }).optional(),
    miniBatchSize: z.number().optional(),
    maxConcurrencyPerInstance: z.number().optional(),
    errorThreshold: z.number().optional(),
    outputAction: z.string().optional(),
    outputFileName: z.string().optional(),
    retrySettings: z.looseObject({ maxRetries: z.number().optional(), timeout: z.string().optional() }).optional(),
    loggingLevel: z.string().optional(),
    description: z.string().optional(),
    provisioningState: z.string().default('Succeeded'),
  }),
})

export function toBatchDeployment(resource: z.output<typeof batchDeploymentResource>): BatchDeployment {
  const { id, name, location, tags, properties } = resource
  const { model, environmentId, codeConfiguration, environmentVariables, compute, resources } = properties
  const { miniBatchSize, maxConcurrencyPerInstance, errorThreshold, outputAction, outputFileName } = properties
  const { retrySettings, loggingLevel, description, provisioningState } = properties
  return {
    ...{ id, name, location, tags, model: model?.assetId, environmentId, environmentVariables, compute },
    ...{ codeId: codeConfiguration?.codeId, scoringScript: codeConfiguration?.scoringScript },
    ...{ instanceCount: resources?.instanceCount, miniBatchSize, maxConcurrencyPerInstance, errorThreshold },
    ...{ outputAction, outputFileName, retrySettings, loggingLevel, description, provisioningState, raw: properties },
  }
}

/** The body of a PUT, whole. */
export function batchDeploymentBody(spec: BatchDeploymentSpec): Readonly<Record<string, unknown>> {
  const { location, tags = {}, model, codeId, scoringScript, instanceCount, raw = {} } = spec
  const { environmentId, environmentVariables, compute, miniBatchSize, maxConcurrencyPerInstance } = spec
  const { errorThreshold, outputAction, outputFileName, retrySettings, loggingLevel, description } = spec
  const { provisioningState: _, ...untouched } = raw
  return {
    location,
    tags,
    properties: {
      ...untouched,
      ...(model === undefined ? {} : { model: { referenceType: 'Id', assetId: model } }),
      ...(scoringScript === undefined ? {} : { codeConfiguration: { scoringScript, ...said({ codeId }) } }),
      ...(instanceCount === undefined ? {} : { resources: { ...objectIn(raw.resources), instanceCount } }),
      ...said({ environmentId, environmentVariables, compute, miniBatchSize, maxConcurrencyPerInstance }),
      ...said({ errorThreshold, outputAction, outputFileName, loggingLevel, description }),
      ...(retrySettings === undefined ? {} : { retrySettings: said(retrySettings) }),
    },
  }
}

function objectIn(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
