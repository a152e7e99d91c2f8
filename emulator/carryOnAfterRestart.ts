import { setTimeout as pause } from 'node:timers/promises'
import { deploymentDelete, deploymentPut } from './arm/deploymentLifecycle.ts'
import { endpointDelete, endpointPut } from './arm/endpointLifecycle.ts'
import { trackedDelete, trackedPut } from './arm/tracked/trackedLifecycle.ts'
import type { WorkspaceParts } from './arm/workspaceParts.ts'

/** A deployment that takes longer than this to come up again comes up while the emulator already answers. */
const patienceMilliseconds = 60_000

/**
 * After a restart: what was deployed is served again, and the operations that a killed process left under way are
 * carried on.
 */
export async function carryOnAfterRestart(parts: WorkspaceParts, log: (line: string) => void): Promise<void> {
  const { state, serving, operations, batchJobs, builds, groups, events } = parts
  const deployments = [...state.deployments.entries()]
  const endpoints = [...state.endpoints.entries()]
  const tracked = Object.values(state.tracked).flatMap((collection) =>
    [...collection.entries()].map(([key, record]) => ({ collection, key, record })),
  )
  const running = new Set(
    [...deployments, ...endpoints]
      .map(([, { operation }]) => operation)
      .concat(tracked.map((one) => one.record.operation)),
  )
  operations.settleOrphans((id) => running.has(id))

  const up = Promise.all(
    deployments.map(async ([, record]) => {
      if (record.served === null || record.provisioningState === 'Deleting') return
      try {
        await serving.bring({ record, settings: record.served, signal: operations.closing })
      } catch (error) {
        log(
          `The deployment ${record.endpoint}/${record.name} did not come up again: ${error instanceof Error ? error.message : error}`,
        )
      }
    }),
  )
  await Promise.race([Promise.all([up, groups.resume(log)]), pause(patienceMilliseconds, undefined, { ref: false })])

  for (const [name, { operation, provisioningState }] of endpoints)
    if (operation !== null)
      operations.carryOut(
        operation,
        provisioningState === 'Deleting' ? endpointDelete(parts, name) : endpointPut(parts, name),
      )
  for (const [key, { operation, provisioningState }] of deployments)
    if (operation !== null)
      operations.carryOut(
        operation,
        provisioningState === 'Deleting' ? deploymentDelete(parts, key) : deploymentPut(parts, key),
      )
  for (const { collection, key, record } of tracked)
    if (record.operation !== null)
      operations.carryOut(
        record.operation,
        record.provisioningState === 'Deleting' ? trackedDelete(collection, key) : trackedPut(collection, key),
      )
  batchJobs.resume()
  builds.resume()
  events.resume()
}
