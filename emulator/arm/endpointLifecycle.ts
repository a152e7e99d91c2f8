import { conflict, notFound } from '../armError.ts'
import type { OperationFailure } from '../http/faults.ts'
import type { EndpointRecord } from '../state/records.ts'
import type { OperationWork } from './operations.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** Throws `ArmError` 404. */
export function existingEndpoint({ state }: WorkspaceParts, name: string): EndpointRecord {
  const found = state.endpoints.get(name)
  if (!found) throw notFound('EndpointNotFound', `Online endpoint with name: ${name} not found.`)
  return found
}

/** Throws `ArmError` 409 while an operation on the endpoint runs. `doing` is `update endpoint`, for instance. */
export function checkEndpointIdle(record: EndpointRecord, doing: string): void {
  if (record.operation !== null)
    throw conflict(`Cannot ${doing} ${record.name} because it is in ${record.provisioningState} provisioning state.`)
}

/** Creating or updating an endpoint: what was asked for holds from the end of the operation on, all at once. */
export function endpointPut({ state }: WorkspaceParts, name: string): OperationWork {
  return {
    run: async () => undefined,
    succeed: () => {
      const record = state.endpoints.get(name)
      if (record)
        state.endpoints.set(name, {
          ...record,
          ...record.pending,
          pending: null,
          operation: null,
          provisioningState: 'Succeeded',
          lastModifiedAt: new Date().toISOString(),
        })
    },
    fail: (_: OperationFailure) => {
      const record = state.endpoints.get(name)
      if (record) state.endpoints.set(name, { ...record, pending: null, operation: null, provisioningState: 'Failed' })
    },
  }
}

/** Deleting an endpoint deletes its deployments with it. */
export function endpointDelete({ state, serving }: WorkspaceParts, name: string): OperationWork {
  const deployments = (): readonly string[] => [...state.deployments.children(name)].map((one) => one.name)
  return {
    run: async () => {
      await Promise.all(deployments().map((deployment) => serving.retire(name, deployment)))
    },
    succeed: () => {
      for (const deployment of deployments()) state.deployments.delete(`${name}/${deployment}`)
      state.endpoints.delete(name)
    },
    fail: () => {
      const record = state.endpoints.get(name)
      if (record) state.endpoints.set(name, { ...record, operation: null, provisioningState: 'Failed' })
    },
  }
}
