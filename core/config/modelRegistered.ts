import { z } from 'zod'
import { registeredModelName, workspaceName } from './names.ts'

/** That a version of a model was registered, from whatever told of it; every name in it is one that Azure ML allows. */
export interface ModelRegistered {
  readonly eventId: string | undefined
  readonly modelName: string
  readonly modelVersion: string
  /** The workspace's place; undefined when whoever told did not say. */
  readonly workspace: WorkspacePlace | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  /** The rule of triggers.yml that the event has passed, where one did. */
  readonly rule: string | undefined
}

export interface WorkspacePlace {
  /** The ARM id. */
  readonly id: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
}

const type = 'Microsoft.MachineLearningServices.ModelRegistered'
const version = z.coerce
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/, 'must be a version as Azure ML writes them')
const texts = z.record(z.string(), z.coerce.string()).nullish()

/** Event Grid writes data in Pascal case, this project in camel case. */
const data = z.looseObject({
  modelName: z.unknown().optional(),
  modelVersion: z.unknown().optional(),
  modelTags: texts,
  modelProperties: texts,
  ModelName: z.unknown().optional(),
  ModelVersion: z.unknown().optional(),
  ModelTags: texts,
  ModelProperties: texts,
})

/** Event Grid says `topic` and `eventType`, CloudEvents `source` and `type`, this project `topic` and `type`. */
const envelope = z.looseObject({
  id: z.string().max(200).optional(),
  topic: z.string().max(1000).optional(),
  source: z.string().max(1000).optional(),
  type: z.string().optional(),
  eventType: z.string().optional(),
  rule: z.string().max(200).optional(),
  data: data.optional(),
})

/**
 * Reads what tells that a model was registered: this project's dispatches, events in Event Grid's schema or that of
 * CloudEvents, or what the function of Microsoft's old template passed on (nothing but the data). Names that Azure ML
 * does not allow are faults: what comes in here is chosen by whoever may register a model.
 */
export function readModelRegistered(
  payload: unknown,
): { readonly event: ModelRegistered } | { readonly faults: readonly string[] } {
  const parsed = envelope.safeParse(payload)
  if (!parsed.success) return { faults: ['is no event that tells of a registered model'] }
  const { id, rule } = parsed.data
  const kind = parsed.data.type ?? parsed.data.eventType
  if (kind !== undefined && kind !== type) return { faults: [`is of the type ${JSON.stringify(kind)}, not ${type}`] }
  // The old function has dropped everything around the data, and some callers the data's own envelope too.
  const inner = data.safeParse(parsed.data.data ?? payload)
  if (!inner.success) return { faults: ['has data in a form that no registered model has'] }
  const faults: string[] = []
  const read = <T>(what: string, schema: z.ZodType<T>, value: unknown): T | undefined => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    faults.push(
      value === undefined ? `has no ${what}` : `has the ${what} ${JSON.stringify(value)?.slice(0, 100)}, which is none`,
    )
    return undefined
  }
  const fields = inner.data
  const modelName = read('model name', registeredModelName, fields.modelName ?? fields.ModelName)
  const modelVersion = read('model version', version, fields.modelVersion ?? fields.ModelVersion ?? undefined)
  const topic = parsed.data.topic ?? parsed.data.source
  const workspace = topic === undefined ? undefined : workspacePlace(topic)
  if (topic !== undefined && !workspace) faults.push('is not of an Azure Machine Learning workspace')
  if (modelName === undefined || modelVersion === undefined || faults.length > 0) return { faults }
  const tags = fields.modelTags ?? fields.ModelTags ?? {}
  const properties = fields.modelProperties ?? fields.ModelProperties ?? {}
  return { event: { eventId: id, modelName, modelVersion, workspace, tags, properties, rule } }
}

/** The parts of a workspace's ARM id; undefined for any other text. */
export function workspacePlace(id: string): WorkspacePlace | undefined {
  const [, subscriptionId = '', resourceGroup = '', workspace = ''] =
    /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([-\w.()]{1,90})\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)$/i.exec(
      id,
    ) ?? []
  return workspaceName.safeParse(workspace).success ? { id, subscriptionId, resourceGroup, workspace } : undefined
}
