import { type Context, Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { adfs } from './tokenRoutes.ts'
import type { Tokens } from './tokens.ts'

/** The documents by which clients find the token service: OpenID Connect discovery as Entra and AD FS answer it. */
export function discoveryRoutes(options: {
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

  const configuration = (c: Context, version: '' | '/v2.0'): Response => {
    const authority = `${new URL(c.req.url).origin}/${c.req.param('tenant') ?? adfs}`
    return c.json({
      token_endpoint: `${authority}/oauth2${version}/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${authority}/discovery${version}/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: version === '' ? tokens.issuer : `${authority}${version}`,
      authorization_endpoint: `${authority}/oauth2${version}/authorize`,
      tenant_region_scope: 'NA',
      cloud_instance_name: new URL(c.req.url).host,
    })
  }
  routes.get('/:tenant/v2.0/.well-known/openid-configuration', (c) => configuration(c, '/v2.0'))
  routes.get('/:tenant/.well-known/openid-configuration', (c) => configuration(c, ''))
  for (const path of ['/:tenant/discovery/v2.0/keys', '/:tenant/discovery/keys'])
    routes.get(path, async (c) => c.json(await tokens.keySet()))

  return routes
}
