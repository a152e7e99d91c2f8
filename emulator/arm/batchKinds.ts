import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'
import { missingAsset } from '../blobs/assetReference.ts'
import { type Bag, bag, bagOf } from '../state/records.ts'
import { checkServiceName } from './names.ts'
import { mlPages } from './operationPages.ts'
import type { TrackedKind } from './tracked/trackedRoutes.ts'
import { type WorkspaceParts, workspacePath, workspaceRoute } from './workspaceParts.ts'

const endpointProperties = z.looseObject({
  authMode: z.string().transform((mode, context) => {
    if (mode.toLowerCase() === 'aadtoken') return 'AADToken'
    context.addIssue(`A batch endpoint authenticates by AADToken, not by ${mode}.`)
    return z.NEVER
  }),
  description: z.string().nullish(),
  properties: bag.nullish(),
  defaults: z.looseObject({ deploymentName: z.string().nullish() }).nullish(),
})

const reference = z.discriminatedUnion('referenceType', [
  z.looseObject({ referenceType: z.literal('Id'), assetId: z.string() }),
  z.looseObject({
    referenceType: z.literal('DataPath'),
    path: z.string().nullish(),
    datastoreId: z.string().nullish(),
  }),
  z.looseObject({ referenceType: z.literal('OutputPath'), path: z.string().nullish(), jobId: z.string().nullish() }),
])

/** What a batch deployment runs, and how. */
export const batchDeploymentProperties = z.looseObject({
  description: z.string().nullish(),
  model: reference.nullish(),
  compute: z.string().nullish(),
  codeConfiguration: z.looseObject({ codeId: z.string().nullish(), scoringScript: z.string().nullish() }).nullish(),
  environmentId: z.string().nullish(),
  environmentVariables: z.record(z.string(), z.string().nullable()).nullish(),
  errorThreshold: z.number().int().min(-1).nullish(),
  loggingLevel: z.enum(['Info', 'Warning', 'Debug']).nullish(),
  maxConcurrencyPerInstance: z.number().int().min(1).nullish(),
  miniBatchSize: z.number().int().min(1).nullish(),
  outputAction: z.enum(['AppendRow', 'SummaryOnly']).nullish(),
  outputFileName: z.string().min(1).nullish(),
  resources: bag.nullish(),
  retrySettings: z
    .looseObject({ maxRetries: z.number().int().min(0).nullish(), timeout: z.string().nullish() })
    .nullish(),
})

function parsed<T>(schema: z.ZodType<T>, properties: unknown): T {
  const read = schema.safeParse(properties)
  if (!read.success) throw badRequest(z.prettifyError(read.error).replaceAll('\n', ' '))
  return read.data
}

/** As recorded: of batch endpoints this 404 has another code than that of online endpoints. */
function noSuchEndpoint({ identity }: WorkspaceParts, name: string): ArmError {
  return new ArmError({
    status: 404,
    code: 'NotFound',
    message: 'The specified resource was not found.',
    details: [{ code: 'NoSuchEndpoint', message: `There is no endpoint with name: ${name} in ${identity.workspace}` }],
  })
}

export function batchEndpointKind(parts: WorkspaceParts): TrackedKind {
  const { identity, state } = parts
  return {
    collection: state.tracked.batchEndpoints,
    route: `${workspaceRoute}/batchEndpoints`,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints',
    scope: 'be',
    pages: mlPages,
    inside: [state.tracked.batchDeployments],
    missing: (name) => noSuchEndpoint(parts, name),
    check: ({ name, body }) => {
      checkServiceName('endpoint', name)
      const properties = parsed(endpointProperties, body.properties)
      const chosen = properties.defaults?.deploymentName
      if (chosen && !state.tracked.batchDeployments.get(`${name}/${chosen}`))
        throw badRequest(`The default deployment "${chosen}" of the endpoint "${name}" does not exist.`)
      return properties
    },
    properties: (record, c): Bag => ({
      description: null,
      ...record.properties,
      defaults: { deploymentName: null, ...bagOf(record.properties.defaults) },
      properties: {
        ...bagOf(record.properties.properties),
        'azureml.onlineendpointid': workspacePath(identity, 'batchEndpoints', record.name),
      },
      scoringUri:
        record.provisioningState === 'Creating' ? null : `${new URL(c.req.url).origin}/batch/${record.name}/jobs`,
      swaggerUri: null,
      provisioningState: record.provisioningState,
    }),
    patch: 'operation',
    delete: 'operation',
  }
}

export function batchDeploymentKind(parts: WorkspaceParts): TrackedKind {
  const { state } = parts
  return {
    collection: state.tracked.batchDeployments,
    route: `${workspaceRoute}/batchEndpoints/:parent/deployments`,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments',
    scope: 'bd',
    pages: mlPages,
    missing: (name, parent) =>
      state.tracked.batchEndpoints.get(parent)
        ? new ArmError({
            status: 404,
            code: 'NotFound',
            message: 'The specified resource was not found.',
            details: [
              { code: 'NoSuchDeployment', message: `There is no deployment with name: ${name} in endpoint ${parent}` },
            ],
          })
        : noSuchEndpoint(parts, parent),
    check: ({ name, parent, body }) => {
      checkServiceName('deployment', name)
      if (!state.tracked.batchEndpoints.get(parent)) throw noSuchEndpoint(parts, parent)
      const properties = parsed(batchDeploymentProperties, body.properties)
      const model = properties.model?.referenceType === 'Id' ? properties.model.assetId : undefined
      const missing = missingAsset([model, properties.codeConfiguration?.codeId, properties.environmentId], parts)
      if (missing !== undefined) throw badRequest(`The deployment refers to ${missing}, which does not exist.`)
      const [, compute] = /\/computes\/([^/]+)$/.exec(properties.compute ?? '') ?? []
      if (compute !== undefined && !state.tracked.computes.get(compute))
        throw badRequest(`The deployment is for the compute "${compute}", which does not exist.`)
      return properties
    },
    properties: ({ properties, provisioningState }): Bag => ({
      ...{ description: null, errorThreshold: -1, miniBatchSize: 10, loggingLevel: 'Info' },
      ...{ maxConcurrencyPerInstance: 1, outputAction: 'AppendRow', outputFileName: 'predictions.csv' },
      ...properties,
      retrySettings: { maxRetries: 3, timeout: 'PT30S', ...bagOf(properties.retrySettings) },
      resources: { instanceCount: 1, instanceType: null, properties: null, ...bagOf(properties.resources) },
      provisioningState,
    }),
    patchable: ['description'],
    patch: 'operation',
    delete: 'operation',
    checkDelete: (_, record) => {
      const [parent = ''] = record.key.split('/')
      const defaults = state.tracked.batchEndpoints.get(parent)?.properties.defaults
      if (bagOf(defaults).deploymentName === record.name)
        throw badRequest(
          `Cannot delete deployment ${record.name} because it is the default deployment of endpoint ${parent}.`,
        )
    },
  }
}
