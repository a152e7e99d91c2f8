import { z } from 'zod'
import { labels, said, stringMap } from './resource.ts'

export type AuthMode = 'Key' | 'AMLToken' | 'AADToken'

/** Percentages by deployment name. */
export type Traffic = Readonly<Record<string, number>>

/** What can be written of an endpoint; an `Endpoint` that was read is one, so that `{ ...live, traffic }` can be put. */
export interface EndpointSpec {
  readonly name: string
  readonly location: string
  readonly authMode: AuthMode
  readonly kind?: string | undefined
  readonly identity?: Readonly<Record<string, unknown>> | undefined
  readonly description?: string | undefined
  readonly traffic?: Traffic | undefined
  readonly mirrorTraffic?: Traffic | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** The ARM id of an attached cluster; only endpoints on Kubernetes have one. */
  readonly compute?: string | undefined
  readonly publicNetworkAccess?: string | undefined
  /** What else was read and must be written back untouched: `properties` as the service sent them. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined
}

export interface Endpoint extends EndpointSpec {
  readonly id: string
  readonly traffic: Traffic
  readonly mirrorTraffic: Traffic
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, unknown>>
  readonly scoringUri?: string | undefined
  readonly swaggerUri?: string | undefined
  /** `Creating`, `Updating`, `Deleting`, `Succeeded`, `Failed` or `Canceled`. */
  readonly provisioningState: string
}

const traffic = z.record(z.string(), z.number()).default({})

export const endpointResource = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  kind: z.string().optional(),
  identity: z.record(z.string(), z.unknown()).optional(),
  tags: labels,
  properties: z.looseObject({
    authMode: z
      .string()
      .transform((word) => authModes.find((mode) => mode.toLowerCase() === word.toLowerCase()))
      .pipe(z.enum(['Key', 'AMLToken', 'AADToken'])),
    description: z.string().optional(),
    traffic,
    mirrorTraffic: traffic,
    compute: z.string().optional(),
    publicNetworkAccess: z.string().optional(),
    scoringUri: z.string().optional(),
    swaggerUri: z.string().optional(),
    provisioningState: z.string().default('Succeeded'),
    properties: stringMap.optional(),
  }),
})

const authModes: readonly AuthMode[] = ['Key', 'AMLToken', 'AADToken']

export function toEndpoint(resource: z.output<typeof endpointResource>): Endpoint {
  const { id, name, location, kind, identity, tags, properties } = resource
  const { authMode, description, traffic, mirrorTraffic, compute, publicNetworkAccess } = properties
  const { scoringUri, swaggerUri, provisioningState } = properties
  return {
    ...{ id, name, location, kind, identity, tags, properties },
    ...{ authMode, description, traffic, mirrorTraffic, compute, publicNetworkAccess },
    ...{ scoringUri, swaggerUri, provisioningState },
  }
}

/**
 * The body of a PUT. An endpoint is always written whole: PATCH cannot change traffic (azureml-api.md 3.2). Deployments
 * with no traffic are left out, as the official client does.
 */
export function endpointBody(spec: EndpointSpec): Readonly<Record<string, unknown>> {
  const { location, kind, identity, tags = {}, authMode, description, compute, publicNetworkAccess } = spec
  const { scoringUri, swaggerUri, provisioningState, ...untouched } = spec.properties ?? {}
  return {
    location,
    tags,
    ...said({ kind, identity: writableIdentity(identity) }),
    properties: {
      ...untouched,
      ...said({ description, compute, publicNetworkAccess }),
      authMode,
      traffic: withoutZeros(spec.traffic),
      mirrorTraffic: withoutZeros(spec.mirrorTraffic),
    },
  }
}

function withoutZeros(percentages: Traffic = {}): Traffic {
  return Object.fromEntries(Object.entries(percentages).filter(([, percentage]) => percentage > 0))
}

// The principal and the tenant are the service's to say.
function writableIdentity(identity: Readonly<Record<string, unknown>> | undefined) {
  if (!identity) return undefined
  const { principalId, tenantId, ...writable } = identity
  return writable
}
