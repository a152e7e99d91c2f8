import { endpointAudience } from '../arm/endpointKeyRoutes.ts'
import { mlAudience } from '../identity/audiences.ts'
import { sameText, TokenError, type Tokens } from '../identity/tokens.ts'
import type { EndpointRecord } from '../state/records.ts'

/** Whether a caller of an endpoint gets in: 200, or the status of the refusal. */
export async function scoringAccess(options: {
  readonly endpoint: EndpointRecord
  readonly authorization: string | undefined
  readonly tokens: Tokens
}): Promise<200 | 401 | 403> {
  const { endpoint, tokens } = options
  const secret = /^Bearer (.+)$/i.exec(options.authorization ?? '')?.[1]
  if (secret === undefined) return 401
  if (endpoint.authMode === 'Key')
    return sameText(secret, endpoint.primaryKey) || sameText(secret, endpoint.secondaryKey) ? 200 : 401
  try {
    await tokens.verify(secret, [endpoint.authMode === 'AMLToken' ? endpointAudience(endpoint.id) : mlAudience])
    return 200
  } catch (error) {
    // A token of ours that is for something else is known, but not allowed here.
    return error instanceof TokenError && error.fault.kind === 'audience' ? 403 : 401
  }
}
