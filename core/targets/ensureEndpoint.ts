import { isBusy } from '../azure/armError.ts'
import type { ServiceKeys } from '../config/deploymentConfig.ts'
import type { Host } from '../host.ts'
import type { Endpoint, EndpointSpec } from '../workspace/endpoint.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** The online endpoint of that name; made when there is none, and refused by `check` when it is of another kind. */
export async function ensureEndpoint(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly wanted: Pick<EndpointSpec, 'name' | 'kind' | 'authMode' | 'description' | 'publicNetworkAccess' | 'compute'>
  readonly keys: ServiceKeys | undefined
  readonly check: (endpoint: Endpoint) => void
  readonly tags: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
}): Promise<Endpoint> {
  const { host, workspace, wanted, keys, check, tags, timeoutSeconds } = options
  const { name, authMode } = wanted
  // Asked before, so that nothing lies between the look and the write.
  const { location } = await workspace.properties()
  const present = await workspace.endpoints.settled(name, { deadlineSeconds: timeoutSeconds })
  if (present) {
    check(present)
    if (present.authMode !== authMode)
      host.log.warning(
        `The endpoint "${name}" authenticates by ${present.authMode} and keeps that: ${authMode} can be chosen only when an endpoint is made.`,
      )
    return present
  }
  const create = () =>
    workspace.endpoints.put(
      {
        ...wanted,
        ...{ location, tags, identity: { type: 'SystemAssigned' } },
        ...(keys ? { properties: { keys } } : {}),
      },
      {
        deadlineSeconds: timeoutSeconds,
        onState: (_, done) =>
          host.progress({ label: `Creating ${name}`, done, total: timeoutSeconds, unit: 'seconds' }),
      },
    )
  return host.group(`Create the endpoint ${name}`, async () => {
    try {
      return await create()
    } catch (error) {
      // Another run was quicker, or the answer to an earlier attempt was lost.
      const made = isBusy(error)
        ? await workspace.endpoints.settled(name, { deadlineSeconds: timeoutSeconds })
        : undefined
      if (made) return made
      throw error
    }
  })
}
