import type { Collection } from '../../state/collection.ts'
import type { TrackedRecord } from '../../state/records.ts'
import type { OperationWork } from '../operations.ts'

/** Creating or updating a tracked resource: what was asked for holds from the end of the operation on, all at once. */
export function trackedPut(
  collection: Collection<TrackedRecord>,
  key: string,
  run?: (key: string, signal: AbortSignal) => Promise<void>,
): OperationWork {
  const end = (change: (record: TrackedRecord) => Partial<TrackedRecord>): void => {
    const record = collection.get(key)
    if (record) collection.set(key, { ...record, pending: null, operation: null, ...change(record) })
  }
  return {
    run: async (signal) => run?.(key, signal),
    succeed: () =>
      end((record) => ({
        ...record.pending,
        provisioningState: 'Succeeded',
        lastModifiedAt: new Date().toISOString(),
      })),
    fail: () => end(() => ({ provisioningState: 'Failed' })),
  }
}

/** Deleting a tracked resource, and what lives inside it. */
export function trackedDelete(
  collection: Collection<TrackedRecord>,
  key: string,
  inside: readonly Collection<TrackedRecord>[] = [],
): OperationWork {
  return {
    run: async () => undefined,
    succeed: () => {
      for (const one of inside) for (const child of [...one.children(key)]) one.delete(child.key)
      collection.delete(key)
    },
    fail: () => {
      const record = collection.get(key)
      if (record) collection.set(key, { ...record, operation: null, provisioningState: 'Failed' })
    },
  }
}
