import type { TokenCredential } from '@azure/core-auth'
import { isRestError } from '@azure/core-rest-pipeline'
import { AzureError } from './armError.ts'
import type { Cloud } from './clouds.ts'
import { DeadlineError } from './longRunning.ts'
import { userAgent } from './pipeline.ts'

/** What Microsoft's management clients are made from. */
export interface ManagementAccess {
  readonly cloud: Cloud
  readonly credential: TokenCredential
  readonly subscriptionId: string
  readonly signal: AbortSignal
}

/** The options that make a management client speak to this cloud. */
export function managementOptions({ cloud }: ManagementAccess) {
  return {
    endpoint: cloud.resourceManager,
    credentialScopes: [cloud.audience],
    userAgentOptions: { userAgentPrefix: userAgent },
  }
}

/** How often a client looks whether a long-running operation is done, unless the service asks for another pace. */
export const updateIntervalInMs = 1000

/**
 * Runs a call of a management client under a deadline, and says what was being done when it fails. Throws an AzureError
 * or a DeadlineError.
 */
export async function managementCall<T>(
  { signal }: Pick<ManagementAccess, 'signal'>,
  { doing, deadlineSeconds }: { readonly doing: string; readonly deadlineSeconds: number },
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), deadlineSeconds * 1000)
  try {
    return await call(AbortSignal.any([signal, limit.signal]))
  } catch (failure) {
    signal.throwIfAborted()
    if (limit.signal.aborted) throw new DeadlineError({ doing, deadlineSeconds, lastState: 'Running' })
    if (isRestError(failure) && failure.response && failure.response.status >= 400)
      throw AzureError.fromAnswer(doing, failure.response)
    throw AzureError.fromFailure(doing, failure)
  } finally {
    clearTimeout(timer)
  }
}

/** The same for reading: undefined when there is no such thing. */
export async function managementFind<T>(
  access: Pick<ManagementAccess, 'signal'>,
  doing: string,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await managementCall(access, { doing, deadlineSeconds: 120 }, call)
  } catch (error) {
    const absent = error instanceof AzureError && error.status === 404
    if (absent && !/^(SubscriptionNotFound|ResourceGroupNotFound)$/.test(error.code ?? '')) return undefined
    throw error
  }
}
