import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { ArmError } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { managementAudiences, ownAudiences } from '../identity/audiences.ts'
import { TokenError, type TokenFault, type Tokens } from '../identity/tokens.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'

/** The headers that Azure puts on every answer. */
export const answerHeaders: MiddlewareHandler<Bindings> = async (c, next) => {
  const started = performance.now()
  await next()
  const id = randomUUID()
  c.header('x-ms-request-id', id)
  c.header('x-ms-correlation-request-id', c.req.header('x-ms-correlation-request-id') ?? id)
  c.header('x-ms-response-type', c.res.status >= 400 ? 'error' : 'standard')
  c.header('x-request-time', ((performance.now() - started) / 1000).toFixed(3))
  c.header('Cache-Control', 'no-cache')
}

/** Turns away whoever brings no token for this resource manager. There is no way around it. */
export function requireToken(tokens: Tokens, identity: WorkspaceIdentity): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (token === undefined)
      throw unauthorized(c, identity, {
        code: 'AuthenticationFailed',
        message: "Authentication failed. The 'Authorization' header is missing or is not a bearer token.",
      })
    try {
      await tokens.verify(token, [...ownAudiences(c.req.url), ...managementAudiences])
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      throw unauthorized(c, identity, described(error.fault))
    }
    return next()
  }
}

function described(fault: TokenFault): { readonly code: string; readonly message: string } {
  switch (fault.kind) {
    case 'expired':
      return {
        code: 'ExpiredAuthenticationToken',
        message: `The access token expiry UTC time '${fault.at.toISOString()}' is earlier than current UTC time '${new Date().toISOString()}'.`,
      }
    case 'audience':
      return {
        code: 'InvalidAuthenticationTokenAudience',
        message: `The access token has been obtained for wrong audience or resource '${fault.audience}'.`,
      }
    case 'invalid':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' }
  }
}

function unauthorized(
  c: Context,
  identity: WorkspaceIdentity,
  error: { readonly code: string; readonly message: string },
): ArmError {
  const authority = `${new URL(c.req.url).origin}/${identity.tenantId}`
  return new ArmError({
    status: 401,
    ...error,
    headers: {
      'WWW-Authenticate': `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${error.message}"`,
    },
  })
}

/** Azure ML's api-versions are dates; every one is answered alike. */
export const requireApiVersion: MiddlewareHandler<Bindings> = async (c, next) => {
  const version = c.req.query('api-version')
  if (version === undefined)
    throw new ArmError({
      status: 400,
      code: 'MissingApiVersionParameter',
      message: 'The api-version query parameter (?api-version=) is required for all requests.',
    })
  if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(version))
    throw new ArmError({
      status: 400,
      code: 'InvalidApiVersionParameter',
      message: `The api-version '${version}' is invalid. The supported versions are dates such as 2025-09-01, or 2025-10-01-preview.`,
    })
  return next()
}

/** Only this one subscription, resource group and workspace exist; Azure does not mind the letter case of their names. */
export function requireExisting(identity: WorkspaceIdentity): MiddlewareHandler<Bindings> {
  const isOther = (given: string | undefined, own: string): boolean =>
    given !== undefined && decodeURIComponent(given).toLowerCase() !== own.toLowerCase()
  return async (c, next) => {
    const [, subscription, second, group, , , resourceType, workspace] = c.req.path.split('/').slice(1)
    if (isOther(subscription, identity.subscriptionId))
      throw missing('SubscriptionNotFound', `The subscription '${subscription}' could not be found.`)
    if (second !== 'resourceGroups') return next()
    if (isOther(group, identity.resourceGroup))
      throw missing('ResourceGroupNotFound', `Resource group '${group}' could not be found.`)
    if (resourceType === 'workspaces' && isOther(workspace, identity.workspace))
      throw missing(
        'ResourceNotFound',
        `The Resource 'Microsoft.MachineLearningServices/workspaces/${workspace}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
      )
    return next()
  }
}

function missing(code: string, message: string): ArmError {
  return new ArmError({ status: 404, code, message })
}
