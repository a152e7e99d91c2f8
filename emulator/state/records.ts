import { z } from 'zod'

/** What clients send and get back without the emulator looking inside. */
export const bag = z.record(z.string(), z.unknown())
export type Bag = Readonly<Record<string, unknown>>
/** A value of unknown make as fields; nothing of what has none. */
export function bagOf(value: unknown): Bag {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
export const texts = z.record(z.string(), z.string())

const dated = {
  /** Counts up with every resource that is made: the order of listings and the position in a page. */
  sequence: z.number().int(),
  createdAt: z.string(),
  lastModifiedAt: z.string(),
}

/** The container of an asset's versions: a model, a code, an environment, a data asset. */
export const containerRecord = z.object({
  ...dated,
  name: z.string(),
  properties: bag,
  latestVersion: z.string().nullable(),
  /** Never falls, so that the number of a deleted version is not given out again. */
  highestVersion: z.number().int(),
})
export type ContainerRecord = z.infer<typeof containerRecord>

/** One version of an asset, and with an empty `version` what has none: a job. */
export const versionRecord = z.object({ ...dated, name: z.string(), version: z.string(), properties: bag })
export type VersionRecord = z.infer<typeof versionRecord>

export const datastoreRecord = z.object({
  ...dated,
  name: z.string(),
  properties: bag,
  /** As a client gave them; of the workspace's own storage the key lives with the workspace's identity. */
  secrets: bag.nullable(),
})
export type DatastoreRecord = z.infer<typeof datastoreRecord>

export const provisioningState = z.enum(['Creating', 'Updating', 'Deleting', 'Succeeded', 'Failed'])
export type ProvisioningState = z.infer<typeof provisioningState>

const traffic = z.record(z.string(), z.number().int())

/** What an update of an endpoint changes at once when its operation ends. */
const endpointSettings = z.object({
  tags: texts,
  description: z.string().nullable(),
  properties: bag,
  traffic,
  mirrorTraffic: traffic,
})
export type EndpointSettings = z.infer<typeof endpointSettings>

export const endpointRecord = z.object({
  ...dated,
  ...endpointSettings.shape,
  id: z.string(),
  name: z.string(),
  location: z.string(),
  kind: z.string(),
  identity: bag.nullable(),
  authMode: z.enum(['Key', 'AMLToken', 'AADToken']),
  compute: z.string().nullable(),
  publicNetworkAccess: z.string(),
  primaryKey: z.string(),
  secondaryKey: z.string(),
  provisioningState,
  /** The operation that is running, if any, and what it will bring. */
  operation: z.string().nullable(),
  pending: endpointSettings.nullable(),
})
export type EndpointRecord = z.infer<typeof endpointRecord>

const deploymentSettings = z.object({
  tags: texts,
  sku: z.looseObject({ name: z.string(), capacity: z.number().int() }),
  properties: bag,
  /** Counts the contents this deployment has had; 0 is none. Each generation has its own folder. */
  generation: z.number().int(),
})
export type DeploymentSettings = z.infer<typeof deploymentSettings>

export const deploymentRecord = z.object({
  ...dated,
  ...deploymentSettings.shape,
  id: z.string(),
  endpoint: z.string(),
  name: z.string(),
  location: z.string(),
  provisioningState,
  /** The generation that was ready last and is to be served; 0 before the first. */
  served: deploymentSettings.nullable(),
  operation: z.string().nullable(),
  pending: deploymentSettings.nullable(),
})
export type DeploymentRecord = z.infer<typeof deploymentRecord>

/** What an update of a tracked resource changes at once when its operation ends. */
const trackedSettings = z.object({ tags: texts, properties: bag })
export type TrackedSettings = z.infer<typeof trackedSettings>

/** A resource of Azure that has a place and is made by a long-running operation, whatever its type. */
export const trackedRecord = z.object({
  ...dated,
  ...trackedSettings.shape,
  /** A GUID of its own. */
  id: z.string(),
  /** The key in its collection: `name`, or `parent/name`. */
  key: z.string(),
  name: z.string(),
  location: z.string(),
  /** What else stands beside the properties: kind, sku, identity, zones. */
  beside: bag,
  provisioningState,
  operation: z.string().nullable(),
  pending: trackedSettings.nullable(),
})
export type TrackedRecord = z.infer<typeof trackedRecord>

/** An event, and how its delivery to one subscription goes. */
export const deliveryRecord = z.object({
  id: z.string(),
  /** The name of the event subscription. */
  subscription: z.string(),
  event: z.object({
    id: z.string(),
    subject: z.string(),
    eventType: z.string(),
    eventTime: z.string(),
    data: bag,
  }),
  attempts: z.number().int(),
  /** Not before; null while it is held back on purpose. */
  dueAt: z.string().nullable(),
  lastOutcome: z.string().nullable(),
})
export type DeliveryRecord = z.infer<typeof deliveryRecord>
export type GridEvent = DeliveryRecord['event']

/** What a batch job that was accepted has to do, kept until it is done. */
export const batchRunRecord = z.object({
  job: z.string(),
  endpoint: z.string(),
  deployment: z.string(),
  /** URIs of files and folders. */
  inputs: z.array(z.string()),
  /** The URI of the folder that results go to. */
  output: z.string(),
  outputFileName: z.string(),
  /** The deployment as it was when the job was accepted. */
  properties: bag,
})
export type BatchRunRecord = z.infer<typeof batchRunRecord>

export const operationRecord = z.object({
  id: z.string(),
  verb: z.enum(['put', 'patch', 'delete']),
  /** The path of the resource, from `/subscriptions` on. */
  target: z.string(),
  startTime: z.string(),
  endTime: z.string().nullable(),
  status: z.enum(['Updating', 'Succeeded', 'Failed']),
  error: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
})
export type OperationRecord = z.infer<typeof operationRecord>
