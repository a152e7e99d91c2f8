import type { TargetName } from '../config/targetNames.ts'
import { assertNever } from '../errors.ts'
import type { Target, TargetContext } from './target.ts'

/** The target of that name. What it needs is loaded now, and not before. */
export async function openTarget(name: TargetName, context: TargetContext): Promise<Target> {
  switch (name) {
    case 'managed':
      return new (await import('./managedTarget.ts')).ManagedTarget(context)
    case 'aks':
      return new (await import('./aksTarget.ts')).AksTarget(context)
    case 'local':
      return new (await import('./localTarget.ts')).LocalTarget(context)
    case 'aci':
      return new (await import('./aciTarget.ts')).AciTarget(context)
    case 'batch':
      return new (await import('./batchTarget.ts')).BatchTarget(context)
    case 'iot-edge':
      return new (await import('./iotEdgeTarget.ts')).IotEdgeTarget(context)
    default:
      return assertNever(name)
  }
}
