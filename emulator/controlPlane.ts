import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { armRoutes } from './arm/armRoutes.ts'
import { canonicalPath } from './arm/canonicalPath.ts'
import type { WorkspaceParts } from './arm/workspaceParts.ts'
import { ArmError } from './armError.ts'
import type { Bindings } from './http/bindings.ts'
import { controlRoutes } from './http/controlRoutes.ts'
import type { RequestRecorder } from './http/requestRecorder.ts'
import type { ClientAssertions } from './identity/clientAssertion.ts'
import { cloudMetadata } from './identity/cloudMetadata.ts'
import { identityRoutes } from './identity/identityRoutes.ts'

/** Everything but scoring and blobs, as one `fetch(Request): Response`. */
export function controlPlane(options: {
  readonly parts: WorkspaceParts
  readonly requests: RequestRecorder
  readonly assertions: ClientAssertions
  /** Makes the workspace new. */
  readonly reset: () => Promise<void>
  /** What is to be looked at. */
  readonly page: Hono<Bindings>
}): Hono<Bindings> {
  const { parts, requests, assertions, page, reset } = options
  const { identity, tokens, faults } = parts
  const app = new Hono<Bindings>({ getPath: canonicalPath })
  // Before the control routes, which ask for the control token itself.
  app.route('/', page)
  app.route('/', controlRoutes({ controlToken: identity.controlToken, faults, requests, reset }))
  app.route('/', cloudMetadata())
  app.route('/', armRoutes(parts))
  app.route('/', identityRoutes({ tokens, assertions, identity }))
  app.notFound((c) => c.json({ error: { code: 'NotFound', message: `There is nothing at ${c.req.path}.` } }, 404))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    if (!(error instanceof ArmError))
      return c.json({ error: { code: 'InternalServerError', message: `The emulator failed: ${error.message}` } }, 500)
    for (const [name, value] of Object.entries(error.headers)) c.header(name, value)
    return c.json(error.body(identity.location), status(error.status))
  })
  return app
}

function status(code: number): ContentfulStatusCode {
  switch (code) {
    case 401:
    case 403:
    case 404:
    case 409:
    case 412:
      return code
    default:
      return 400
  }
}
