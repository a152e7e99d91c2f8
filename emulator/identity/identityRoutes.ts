import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { lifetimeSeconds, managementAudiences, mlAudience, storageAudience, type Tokens } from './tokens.ts'

/**
 * The token service: client credentials with a secret, for @azure/identity and MSAL. There is no way to a token
 * without the secret.
 */
export function identityRoutes(options: {
  readonly tokens: Tokens
  readonly identity: WorkspaceIdentity
}): Hono<Bindings> {
  const { tokens, identity } = options
  const routes = new Hono<Bindings>()

  routes.get('/common/discovery/instance', (c) => {
    const { host, origin } = new URL(c.req.url)
    return c.json({
      tenant_discovery_endpoint: `${origin}/${identity.tenantId}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    })
  })

  routes.get('/:tenant/v2.0/.well-known/openid-configuration', (c) => {
    const authority = `${new URL(c.req.url).origin}/${c.req.param('tenant')}`
    return c.json({
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      jwks_uri: `${authority}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${authority}/v2.0`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      tenant_region_scope: 'NA',
      cloud_instance_name: 'microsoftonline.com',
    })
  })

  routes.get('/:tenant/discovery/v2.0/keys', async (c) => c.json(await tokens.keySet()))

  routes.post('/:tenant/oauth2/v2.0/token', async (c) => {
    const tenant = c.req.param('tenant')
    if (tenant.toLowerCase() !== identity.tenantId)
      return c.json(refusal('invalid_request', 90002, `Tenant '${tenant}' not found.`), 400)
    const form = new URLSearchParams(await c.req.text())
    const grant = form.get('grant_type') ?? ''
    if (grant !== 'client_credentials')
      return c.json(refusal('unsupported_grant_type', 70003, `The grant type '${grant}' is not supported.`), 400)
    const { clientId, secret } = credentials(form, c.req.header('authorization'))
    if (clientId.toLowerCase() !== identity.clientId)
      return c.json(
        refusal('unauthorized_client', 700016, `Application with identifier '${clientId}' was not found.`),
        400,
      )
    if (!tokens.isClientSecret(clientId.toLowerCase(), secret))
      return c.json(refusal('invalid_client', 7000215, `Invalid client secret provided for app '${clientId}'.`), 401)
    const audience = requestedAudience(form)
    const known = [...ownAudiences(c.req.url), ...managementAudiences, mlAudience, storageAudience]
    if (audience === undefined || !known.includes(audience.replace(/\/$/, '')))
      return c.json(
        refusal('invalid_resource', 500011, `The resource principal named ${audience ?? '(none)'} was not found.`),
        400,
      )
    return c.json({
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      ext_expires_in: lifetimeSeconds,
      access_token: await tokens.issue({ audience }),
    })
  })

  return routes
}

/** The names by which a token can be for this resource manager itself. */
export function ownAudiences(url: string): readonly string[] {
  const { port } = new URL(url)
  return [`https://127.0.0.1:${port}`, `https://localhost:${port}`]
}

function credentials(form: URLSearchParams, authorization: string | undefined): { clientId: string; secret: string } {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  if (basic === undefined) return { clientId: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':')
  return { clientId: decode(clientId), secret: decode(secret.join(':')) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `scope=https://management.azure.com/.default`, or with two slashes where the resource's name ends in one. */
function requestedAudience(form: URLSearchParams): string | undefined {
  const scope = (form.get('scope') ?? '').split(' ').find((one) => one.endsWith('/.default'))
  return scope?.slice(0, -'/.default'.length) ?? form.get('resource') ?? undefined
}

function refusal(error: string, number: number, description: string): unknown {
  return {
    error,
    error_description: `AADSTS${number}: ${description}`,
    error_codes: [number],
    timestamp: new Date().toISOString(),
  }
}
