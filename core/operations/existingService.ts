import { InputError } from '../errors.ts'
import type { Context } from '../operation.ts'
import type { ServiceStatus, Target } from '../targets/target.ts'

/** The service as it is; an InputError when its target has none of that name. */
export async function existingService(
  { workspace }: Context,
  target: Target,
  service: string,
  hint?: string,
): Promise<ServiceStatus> {
  const status = await target.status(service)
  if (status) return status
  const missing =
    target.name === 'managed' || target.name === 'aks'
      ? `There is no endpoint "${service}"`
      : target.name === 'batch'
        ? `There is no batch endpoint "${service}"`
        : `There is no service "${service}" on ${target.name}`
  throw new InputError(`${missing} in the workspace "${workspace.address.workspace}".`, { hint })
}
