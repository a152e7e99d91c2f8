import { z } from 'zod'
import { badRequest, conflict, notFound } from '../armError.ts'
import { type Bag, bagOf } from '../state/records.ts'
import { checkAssetName } from './names.ts'
import { computePages } from './operationPages.ts'
import type { TrackedKind } from './tracked/trackedRoutes.ts'
import { type WorkspaceParts, workspaceRoute } from './workspaceParts.ts'

const computeProperties = z.looseObject({
  computeType: z.enum([
    ...(['AKS', 'AmlCompute', 'Kubernetes', 'ComputeInstance', 'VirtualMachine'] as const),
    ...(['HDInsight', 'DataFactory', 'Databricks', 'DataLakeAnalytics', 'SynapseSpark'] as const),
  ]),
  resourceId: z.string().nullish(),
  properties: z.looseObject({}).nullish(),
})

/** Types whose machines Azure ML only borrows. */
const attachedTypes = ['Kubernetes', 'VirtualMachine', 'HDInsight', 'Databricks', 'SynapseSpark']

/**
 * Computes. A cluster with a `resourceId` is attached, one without is made; nothing runs on either, since deployments
 * and jobs of this emulator run on this machine.
 */
export function computeKind({ state }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.computes,
    route: `${workspaceRoute}/computes`,
    type: 'Microsoft.MachineLearningServices/workspaces/computes',
    scope: 'co',
    pages: computePages,
    missing: (name) => notFound('ComputeNotFound', `Compute with name: ${name} not found.`),
    check: ({ name, body, before }) => {
      checkAssetName(name)
      const parsed = computeProperties.safeParse(body.properties)
      if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
      const { computeType, resourceId } = parsed.data
      if (attachedTypes.includes(computeType) && !resourceId)
        throw badRequest(`A compute of type ${computeType} needs the resourceId of what is attached.`)
      if (before && before.properties.computeType !== computeType)
        throw badRequest(
          `The compute "${name}" is of type ${String(before.properties.computeType)}; the type of a compute cannot be changed to ${computeType}.`,
        )
      return parsed.data
    },
    properties: (record): Bag => ({
      ...record.properties,
      computeLocation: record.location,
      createdOn: record.createdAt,
      modifiedOn: record.lastModifiedAt,
      disableLocalAuth: record.properties.disableLocalAuth ?? false,
      isAttachedCompute: typeof record.properties.resourceId === 'string',
      provisioningErrors: null,
      provisioningState: record.provisioningState,
      properties: { ...defaultsOf(record.properties.computeType), ...bagOf(record.properties.properties) },
    }),
    patchable: ['properties'],
    patch: 'at once',
    delete: 'operation',
    checkDelete: (c, { name, properties }) => {
      const action = c.req.query('underlyingResourceAction')
      if (action !== 'Delete' && action !== 'Detach')
        throw badRequest(
          `The query parameter underlyingResourceAction must be Delete or Detach, not "${action ?? ''}".`,
        )
      if (action === 'Detach' && typeof properties.resourceId !== 'string')
        throw badRequest(`The compute "${name}" was made here and cannot be detached; delete it.`)
      if (action === 'Delete' && properties.computeType === 'Kubernetes')
        throw badRequest(`The compute "${name}" is only attached and cannot be deleted from here; detach it.`)
      const user = [...state.endpoints.children()].find((one) => one.compute?.endsWith(`/computes/${name}`))
      if (user) throw conflict(`Cannot delete compute ${name} because the endpoint ${user.name} is on it.`)
    },
  }
}

function defaultsOf(computeType: unknown): Bag {
  switch (computeType) {
    case 'AmlCompute':
      return {
        vmPriority: 'Dedicated',
        osType: 'Linux',
        scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: 'PT5M' },
        currentNodeCount: 0,
        targetNodeCount: 0,
        allocationState: 'Steady',
        nodeStateCounts: {
          ...{ idleNodeCount: 0, runningNodeCount: 0, preparingNodeCount: 0 },
          ...{ unusableNodeCount: 0, leavingNodeCount: 0, preemptedNodeCount: 0 },
        },
      }
    case 'Kubernetes':
      return { namespace: 'default', defaultInstanceType: 'defaultinstancetype', instanceTypes: {} }
    default:
      return {}
  }
}
