import { Hono, type MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import type { WorkspaceParts } from '../arm/workspaceParts.ts'
import type { Bindings } from '../http/bindings.ts'
import type { RequestFigures } from '../serving/requestFigures.ts'
import type { Chronicle } from './chronicle.ts'
import { ModelViews } from './modelViews.ts'
import { pageDocument, pageHeaders } from './pageDocument.ts'
import { PageSessions, sessionSeconds } from './pageSession.ts'
import { serviceViews } from './serviceViews.ts'
import type { LogView, Snapshot } from './snapshot.ts'

const root = '/_emulator/page'
const shownEvents = 100
const shownLogLines = 400

/**
 * The page at the emulator's root and what it asks for. Everything that is shown needs a session, which the control
 * token opens; a session may look and change nothing.
 */
export function pageRoutes(options: {
  readonly parts: WorkspaceParts
  readonly figures: RequestFigures
  readonly chronicle: Chronicle
  readonly runtime: Promise<{ readonly kind: string }>
}): Hono<Bindings> {
  const { parts, figures, chronicle, runtime } = options
  const { identity, state, serving } = parts
  const sessions = new PageSessions(identity.controlToken)
  const models = new ModelViews(state, identity)
  const routes = new Hono<Bindings>()

  routes.get('/', (c) => c.body(pageDocument, 200, pageHeaders))

  routes.use(`${root}/*`, ownPageOnly)

  routes.post(`${root}/session`, async (c) => {
    const body = z.object({ token: z.string() }).safeParse(await c.req.json().catch(() => undefined))
    const session = body.success ? sessions.begin(body.data.token) : undefined
    if (session === undefined) return c.json({ error: { message: 'That is not the token of this workspace.' } }, 401)
    const { origin } = new URL(c.req.url)
    setCookie(c, cookieName(origin), session, {
      ...{ path: root, httpOnly: true, secure: true, sameSite: 'Strict' },
      maxAge: sessionSeconds,
    })
    return c.body(null, 204)
  })

  routes.delete(`${root}/session`, (c) => {
    deleteCookie(c, cookieName(new URL(c.req.url).origin), { path: root, secure: true })
    return c.body(null, 204)
  })

  routes.use(`${root}/*`, async (c, next) => {
    const cookie = getCookie(c, cookieName(new URL(c.req.url).origin))
    if (cookie === undefined || !sessions.isValid(cookie))
      return c.json({ error: { message: 'Sign in with the token of this workspace.' } }, 401)
    return next()
  })

  routes.get(`${root}/snapshot`, async (c) => {
    const { workspace: name, resourceGroup, subscriptionId } = identity
    return c.json({
      at: new Date().toISOString(),
      workspace: { name, resourceGroup, subscriptionId, runtime: (await runtime).kind },
      services: serviceViews({ parts, figures, origin: new URL(c.req.url).origin }),
      models: models.all(),
      rollouts: chronicle.rollouts,
      events: chronicle.events(shownEvents),
    } satisfies Snapshot)
  })

  routes.get(`${root}/logs/:service/:deployment/:part`, async (c) => {
    const { service, deployment, part } = c.req.param()
    const record = state.deployments.get(`${service}/${deployment}`)
    if (record === undefined) return c.json({ error: { message: 'There is no such deployment any more.' } }, 404)
    const wanted = part === 'storage' ? 'StorageInitializer' : 'InferenceServer'
    return c.json({ content: await serving.logs({ record, part: wanted, tail: shownLogLines }) } satisfies LogView)
  })

  return routes
}

/** Cookies know no ports: of two workspaces on one machine each has its own. */
function cookieName(origin: string): string {
  return `azureml-cd-page-${new URL(origin).port}`
}

/** Other pages of this machine, on other ports, count as the same site for cookies; they are kept out here. */
const ownPageOnly: MiddlewareHandler<Bindings> = async (c, next) => {
  c.header('cache-control', 'no-store')
  c.header('cross-origin-resource-policy', 'same-origin')
  c.header('x-content-type-options', 'nosniff')
  const from = c.req.header('sec-fetch-site')
  if (from !== undefined && from !== 'same-origin')
    return c.json({ error: { message: 'Only the page of this workspace may ask for this.' } }, 403)
  return next()
}
