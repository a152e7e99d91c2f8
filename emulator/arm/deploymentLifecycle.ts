import { conflict, notFound } from '../armError.ts'
import { bagOf, type DeploymentRecord } from '../state/records.ts'
import type { OperationWork } from './operations.ts'
import { withoutDeployment } from './traffic.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** Throws `ArmError` 404. */
export function existingDeployment({ state }: WorkspaceParts, endpoint: string, name: string): DeploymentRecord {
  const found = state.deployments.get(`${endpoint}/${name}`)
  if (!found)
    throw notFound('DeploymentNotFound', `Online deployment with name: ${name} not found in endpoint ${endpoint}.`)
  return found
}

/** Throws `ArmError` 409 while an operation on the deployment runs. */
export function checkDeploymentIdle(record: DeploymentRecord, doing: string): void {
  if (record.operation !== null)
    throw conflict(
      `Cannot ${doing} deployment ${record.name} in endpoint ${record.endpoint} because it is in ${record.provisioningState} provisioning state.`,
    )
}

/**
 * Creating or updating a deployment: what serves now goes on until the new content is ready, and stays when it does not
 * become ready.
 */
export function deploymentPut({ state, serving, events }: WorkspaceParts, key: string): OperationWork {
  return {
    run: async (signal) => {
      const record = state.deployments.get(key)
      if (record?.pending) await serving.bring({ record, settings: record.pending, signal })
      // The workspace was made new meanwhile.
      if (record && !state.deployments.get(key)) await serving.retire(record.endpoint, record.name)
    },
    succeed: () => {
      const record = state.deployments.get(key)
      if (!record?.pending) return
      state.deployments.set(key, {
        ...record,
        ...record.pending,
        served: record.pending,
        pending: null,
        operation: null,
        provisioningState: 'Succeeded',
        lastModifiedAt: new Date().toISOString(),
      })
      // Whether Azure tells this of online deployments is not known; of the services before them it did.
      const { model, endpointComputeType, properties } = record.pending.properties
      events.publish({
        type: 'ModelDeployed',
        subject: `endpoints/${record.endpoint}`,
        data: {
          ServiceName: record.endpoint,
          ServiceComputeType: endpointComputeType,
          ModelIds: modelName(model),
          ServiceTags: record.pending.tags,
          ServiceProperties: bagOf(properties),
        },
      })
    },
    fail: () => {
      const record = state.deployments.get(key)
      if (record)
        state.deployments.set(key, {
          ...record,
          ...record.pending,
          pending: null,
          operation: null,
          provisioningState: 'Failed',
        })
    },
  }
}

/** A deployment that is deleted answers the requests it has taken first. */
export function deploymentDelete({ state, serving }: WorkspaceParts, key: string): OperationWork {
  const [endpoint = '', name = ''] = key.split('/')
  return {
    run: () => serving.retire(endpoint, name),
    succeed: () => {
      const owner = state.endpoints.get(endpoint)
      if (owner && (name in owner.traffic || name in owner.mirrorTraffic))
        state.endpoints.set(endpoint, {
          ...owner,
          traffic: withoutDeployment(owner.traffic, name),
          mirrorTraffic: withoutDeployment(owner.mirrorTraffic, name),
        })
      state.deployments.delete(key)
    },
    fail: () => {
      const record = state.deployments.get(key)
      if (record) state.deployments.set(key, { ...record, operation: null, provisioningState: 'Failed' })
    },
  }
}

/** `name:version`, as events name models. */
function modelName(model: unknown): string {
  const [, name, version] = /\/models\/([^/]+)\/versions\/([^/]+)$/.exec(String(model ?? '')) ?? []
  return name === undefined ? '' : `${name}:${version}`
}
