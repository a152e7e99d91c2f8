import { isBusy } from '../azure/armError.ts'
import type { Host } from '../host.ts'
import type { BatchEndpoint } from '../workspace/batchEndpoints.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** The batch endpoint of that name; made when there is none. */
export async function ensureBatchEndpoint(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly name: string
  readonly description: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
}): Promise<BatchEndpoint> {
  const { host, workspace, name, description, tags, timeoutSeconds } = options
  const deadline = { deadlineSeconds: timeoutSeconds }
  // Asked before, so that nothing lies between the look and the write.
  const { location } = await workspace.properties()
  const present = await workspace.batchEndpoints.settled(name, deadline)
  if (present) return present
  return host.group(`Create the batch endpoint ${name}`, async () => {
    try {
      return await workspace.batchEndpoints.put({ name, location, description, tags }, deadline)
    } catch (error) {
      // Another run was quicker, or the answer to an earlier attempt was lost.
      const made = isBusy(error) ? await workspace.batchEndpoints.settled(name, deadline) : undefined
      if (made) return made
      throw error
    }
  })
}
