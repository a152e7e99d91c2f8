import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import type { ClientAssertions } from './clientAssertion.ts'
import { discoveryRoutes } from './discoveryRoutes.ts'
import { tokenRoutes } from './tokenRoutes.ts'
import type { Tokens } from './tokens.ts'

/** The authority of this cloud, for @azure/identity, MSAL and azure-cli: where tokens are had, and the tokens. */
export function identityRoutes(options: {
  readonly tokens: Tokens
  readonly assertions: ClientAssertions
  readonly identity: WorkspaceIdentity
}): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  routes.route('/', discoveryRoutes(options))
  routes.route('/', tokenRoutes(options))
  return routes
}
