import { z } from 'zod'
import { labels, said, stringMap } from './resource.ts'

/** How a container is asked whether it lives. Durations are ISO 8601, as in `PT10S`. */
export interface Probe {
  readonly failureThreshold?: number | undefined
  readonly successThreshold?: number | undefined
  readonly timeout?: string | undefined
  readonly period?: string | undefined
  readonly initialDelay?: string | undefined
}

/** What can be written of a deployment; a `Deployment` that was read is one, so that `{ ...live, model }` can be put. */
export interface DeploymentSpec {
  readonly name: string
  readonly location: string
  readonly computeType: 'Managed' | 'Kubernetes'
  /** The ARM id of a model version, or the address of one in a registry. */
  readonly model?: string | undefined
  readonly modelMountPath?: string | undefined
  readonly environmentId?: string | undefined
  readonly codeId?: string | undefined
  readonly scoringScript?: string | undefined
  readonly environmentVariables?: Readonly<Record<string, string>> | undefined
  readonly instanceType?: string | undefined
  readonly instanceCount: number
  readonly scaleSettings?: Readonly<Record<string, unknown>> | undefined
  readonly requestSettings?: Readonly<Record<string, unknown>> | undefined
  readonly livenessProbe?: Probe | undefined
  readonly readinessProbe?: Probe | undefined
  readonly startupProbe?: Probe | undefined
  readonly appInsightsEnabled?: boolean | undefined
  readonly description?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** What else was read and must be written back untouched: `properties` as the service sent them. */
  readonly raw?: Readonly<Record<string, unknown>> | undefined
}

export interface Deployment extends DeploymentSpec {
  readonly id: string
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly sku: { readonly name: string; readonly capacity?: number | undefined }
  readonly appInsightsEnabled: boolean
  readonly tags: Readonly<Record<string, string>>
  /** `Creating`, `Updating`, `Scaling`, `Deleting`, `Succeeded`, `Failed` or `Canceled`. */
  readonly provisioningState: string
  readonly raw: Readonly<Record<string, unknown>>
}

const probe = z.looseObject({
  failureThreshold: z.number().optional(),
  successThreshold: z.number().optional(),
  timeout: z.string().optional(),
  period: z.string().optional(),
  initialDelay: z.string().optional(),
})

const anything = z.record(z.string(), z.unknown())

export const deploymentResource = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  tags: labels,
  sku: z
    .looseObject({ name: z.string().default('Default'), capacity: z.number().optional() })
    .default({ name: 'Default' }),
  properties: z.looseObject({
    endpointComputeType: z.enum(['Managed', 'Kubernetes']).default('Managed'),
    model: z.string().optional(),
    modelMountPath: z.string().optional(),
    environmentId: z.string().optional(),
    codeConfiguration: z
      .looseObject({ codeId: z.string().optional(), scoringScript: z.string().optional() })
      .optional(),
    environmentVariables: stringMap.default({}),
    instanceType: z.string().optional(),
    scaleSettings: anything.optional(),
    requestSettings: anything.optional(),
    livenessProbe: probe.optional(),
    readinessProbe: probe.optional(),
    startupProbe: probe.optional(),
    appInsightsEnabled: z.boolean().default(false),
    description: z.string().optional(),
    provisioningState: z.string().default('Succeeded'),
  }),
})

export function toDeployment({
  id,
  name,
  location,
  tags,
  sku,
  properties,
}: z.output<typeof deploymentResource>): Deployment {
  const { model, modelMountPath, environmentId, codeConfiguration, environmentVariables, instanceType } = properties
  const { scaleSettings, requestSettings, livenessProbe, readinessProbe, startupProbe } = properties
  const { appInsightsEnabled, description, provisioningState, endpointComputeType } = properties
  return {
    ...{ id, name, location, tags, sku, computeType: endpointComputeType, instanceCount: sku.capacity ?? 1 },
    ...{ model, modelMountPath, environmentId, environmentVariables, instanceType },
    ...{ codeId: codeConfiguration?.codeId, scoringScript: codeConfiguration?.scoringScript },
    ...{ scaleSettings, requestSettings, livenessProbe, readinessProbe, startupProbe },
    ...{ appInsightsEnabled, description, provisioningState, raw: properties },
  }
}

/** The body of a PUT, whole. */
export function deploymentBody(spec: DeploymentSpec): Readonly<Record<string, unknown>> {
  const { location, tags = {}, instanceCount, computeType, codeId, scoringScript } = spec
  const { model, modelMountPath, environmentId, environmentVariables, instanceType, description } = spec
  const { scaleSettings, requestSettings, livenessProbe, readinessProbe, startupProbe, appInsightsEnabled } = spec
  const { provisioningState, codeConfiguration, ...untouched } = spec.raw ?? {}
  const code = scoringScript === undefined ? undefined : { scoringScript, ...said({ codeId }) }
  return {
    location,
    tags,
    sku: { name: 'Default', capacity: instanceCount },
    properties: {
      ...untouched,
      endpointComputeType: computeType,
      ...said({ model, modelMountPath, environmentId, environmentVariables, instanceType, description }),
      ...said({ scaleSettings, requestSettings, livenessProbe, readinessProbe, startupProbe, appInsightsEnabled }),
      ...said({ codeConfiguration: code }),
    },
  }
}
