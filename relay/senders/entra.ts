import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTPayload, jwtVerify } from 'jose'
import { Refusal } from '../answers.ts'
import type { EntraProof } from '../settings.ts'
import type { SenderCheck } from './sender.ts'

/** How the signing keys are fetched; passed in by tests. */
export type FetchKeys = FetchImplementation

/** Clocks differ; Entra's own libraries allow as much. */
const clockToleranceSeconds = 300

/**
 * Lets in who carries a token of this tenant, for this audience, that was given to one of the callers. Keys that cannot
 * be fetched are the relay's trouble and not the sender's fault.
 */
export function entraCheck(proof: EntraProof, fetchKeys?: FetchKeys): SenderCheck {
  const { authorityHost, tenantId, audiences, callers } = proof
  const address = new URL(`${authorityHost}/${tenantId}/discovery/v2.0/keys`)
  const keys = createRemoteJWKSet(address, {
    timeoutDuration: 5000,
    ...(fetchKeys === undefined ? {} : { [customFetch]: fetchKeys }),
  })
  // Tokens of version 1 name the older issuer, whatever cloud they are of.
  const issuer = [`${authorityHost}/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`]
  return async (request) => {
    const token = /^bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (token === undefined) throw new Refusal(401, 'A bearer token is missing.')
    const payload = await jwtVerify(token, keys, {
      ...{ issuer, audience: [...audiences], algorithms: ['RS256'], clockTolerance: clockToleranceSeconds },
      requiredClaims: ['exp', 'iat'],
    }).then(
      (verified) => verified.payload,
      (error: unknown) => {
        throw isTheirs(error) ? new Refusal(401, `The token is not good (${error.code}).`) : error
      },
    )
    if (payload.tid !== tenantId) throw new Refusal(401, 'The token is of another tenant.')
    if (!callers.includes(callerOf(payload))) throw new Refusal(403, 'The token was given to another application.')
  }
}

/** `appid` in tokens of version 1, `azp` in those of version 2. */
function callerOf(payload: JWTPayload): string {
  const caller = payload.ver === '1.0' ? payload.appid : (payload.azp ?? payload.appid)
  return typeof caller === 'string' ? caller.toLowerCase() : ''
}

/**
 * Whether the token itself is at fault. A key that is not among the known ones may be a new one that cannot be fetched
 * at this moment, so it is not.
 */
function isTheirs(error: unknown): error is errors.JOSEError {
  const ours = [errors.JWKSNoMatchingKey, errors.JWKSTimeout, errors.JWKSInvalid, errors.JWKSMultipleMatchingKeys]
  return (
    error instanceof errors.JOSEError &&
    !ours.some((kind) => error instanceof kind) &&
    error.code !== 'ERR_JOSE_GENERIC'
  )
}
