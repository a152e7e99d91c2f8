import { type Context, Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { isKnownAudience, ownOrigins } from './audiences.ts'
import type { ClientAssertions } from './clientAssertion.ts'
import { TokenRefusal } from './tokenRefusal.ts'
import type { Tokens } from './tokens.ts'

/** The kind of assertion that is taken (RFC 7523, 2.2). */
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The tenant that stands for AD FS, which has none. Microsoft's clients know it by this name. */
export const adfs = 'adfs'

/**
 * The token service: client credentials, proved by a secret or by an assertion. There is no other way to a token.
 * The addresses are those of Entra (v2.0), its older form, and AD FS.
 */
export function tokenRoutes(options: {
  readonly tokens: Tokens
  readonly assertions: ClientAssertions
  readonly identity: WorkspaceIdentity
}): Hono<Bindings> {
  const { tokens, assertions, identity } = options

  const give = async (c: Context): Promise<Response> => {
    const tenant = c.req.param('tenant') ?? ''
    if (tenant !== adfs && tenant.toLowerCase() !== identity.tenantId)
      throw new TokenRefusal({ error: 'invalid_request', number: 90002, description: `Tenant '${tenant}' not found.` })
    const form = new URLSearchParams(await c.req.text())
    const grant = form.get('grant_type') ?? ''
    if (grant !== 'client_credentials')
      throw new TokenRefusal({
        error: 'unsupported_grant_type',
        number: 70003,
        description: `The app requested an unsupported grant type '${grant}'.`,
      })
    const { clientId, secret } = credentials(form, c.req.header('authorization'))
    if (clientId.toLowerCase() !== identity.clientId)
      throw new TokenRefusal({
        error: 'unauthorized_client',
        number: 700016,
        description: `Application with identifier '${clientId}' was not found in the directory '${identity.tenantId}'.`,
      })
    await checkProof(c, { form, secret })
    const audience = requestedAudience(form)
    if (audience === undefined || !isKnownAudience(audience, c.req.url))
      throw new TokenRefusal({
        error: 'invalid_resource',
        number: 500011,
        description: `The resource principal named ${audience ?? '(none)'} was not found in the tenant named ${identity.tenantId}.`,
      })
    return c.json({
      token_type: 'Bearer',
      expires_in: tokens.lifetimeSeconds,
      ext_expires_in: tokens.lifetimeSeconds,
      access_token: await tokens.issue({ audience }),
    })
  }

  const checkProof = async (
    c: Context,
    { form, secret }: { readonly form: URLSearchParams; readonly secret: string },
  ): Promise<void> => {
    const assertion = form.get('client_assertion')
    if (assertion !== null && form.get('client_assertion_type') !== jwtBearer)
      throw new TokenRefusal({
        error: 'invalid_request',
        number: 900144,
        description: `The request body must contain the parameter 'client_assertion_type' with the value '${jwtBearer}'.`,
      })
    if (assertion !== null) return assertions.verify(assertion, ownAddresses(c.req.url, identity))
    if (secret === '')
      throw new TokenRefusal({
        error: 'invalid_client',
        number: 7000216,
        description:
          "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
      })
    if (!tokens.isClientSecret(identity.clientId, secret))
      throw new TokenRefusal({
        error: 'invalid_client',
        number: 7000215,
        description: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${identity.clientId}'.`,
      })
  }

  const routes = new Hono<Bindings>()
  const answer = async (c: Context): Promise<Response> => {
    c.header('Cache-Control', 'no-store')
    try {
      return await give(c)
    } catch (error) {
      if (error instanceof TokenRefusal) return c.json(error.body(), error.status)
      throw error
    }
  }
  for (const path of ['/:tenant/oauth2/v2.0/token', '/:tenant/oauth2/token']) routes.post(path, answer)
  return routes
}

/** What an assertion for this token service may be addressed to. */
function ownAddresses(url: string, { tenantId }: WorkspaceIdentity): readonly string[] {
  return ownOrigins(url).flatMap((origin) =>
    [tenantId, adfs].flatMap((tenant) =>
      ['/oauth2/v2.0/token', '/oauth2/token', '/v2.0', '', '/'].map((path) => `${origin}/${tenant}${path}`),
    ),
  )
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
