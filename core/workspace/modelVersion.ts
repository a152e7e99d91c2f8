import { z } from 'zod'
import { labels, systemData } from './resource.ts'

export interface ModelVersion {
  readonly name: string
  readonly version: string
  readonly id: string
  /** Where the files are, in any of the forms of modelUri.ts. */
  readonly uri: string
  /** `custom_model`, `mlflow_model`, `triton_model`, or another word of the service's. */
  readonly type: string
  readonly description?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  readonly flavors?: Readonly<Record<string, unknown>> | undefined
  readonly isArchived: boolean
  /** `Development`, `Production` or `Archived`, where it was set. */
  readonly stage?: string | undefined
  readonly jobName?: string | undefined
  /** As ISO 8601. */
  readonly createdAt?: string | undefined
}

export interface ModelContainer {
  readonly name: string
  readonly latestVersion?: string | undefined
  /** The number the service would give the next version. */
  readonly nextVersion?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly isArchived: boolean
}

export const modelVersion = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    modelUri: z.string().default(''),
    modelType: z.string().default('custom_model'),
    description: z.string().optional(),
    tags: labels,
    properties: labels,
    flavors: z.record(z.string(), z.unknown()).optional(),
    isArchived: z.boolean().default(false),
    stage: z.string().optional(),
    jobName: z.string().optional(),
    provisioningState: z.string().optional(),
  }),
  systemData,
})

export const modelContainer = z.looseObject({
  name: z.string(),
  properties: z.looseObject({
    latestVersion: z.coerce.string().optional(),
    nextVersion: z.coerce.string().optional(),
    tags: labels,
    isArchived: z.boolean().default(false),
  }),
})

/** A version of the named model; the resource's own name is the version. */
export function toModelVersion(model: string, resource: z.output<typeof modelVersion>): ModelVersion {
  const { modelUri, modelType, description, tags, properties, flavors, isArchived, stage, jobName } =
    resource.properties
  return {
    name: model,
    version: resource.name,
    id: resource.id,
    uri: modelUri,
    type: modelType,
    description,
    tags,
    properties,
    flavors,
    isArchived,
    stage,
    jobName,
    createdAt: resource.systemData?.createdAt,
  }
}

export function toModelContainer(resource: z.output<typeof modelContainer>): ModelContainer {
  const { latestVersion, nextVersion, tags, isArchived } = resource.properties
  return { name: resource.name, latestVersion, nextVersion, tags, isArchived }
}
