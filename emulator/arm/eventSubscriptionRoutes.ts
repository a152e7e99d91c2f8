import { Hono } from 'hono'
import { subscriptionProperties } from '../events/eventGrid.ts'
import type { Bindings } from '../http/bindings.ts'
import { eventSubscriptionKind } from './eventSubscriptionKind.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** What event subscriptions have beside what every tracked resource has. */
export function eventSubscriptionRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { state, handshakes } = parts
  const kind = eventSubscriptionKind(parts)
  const routes = new Hono<Bindings>()

  routes.post(`${kind.route}/:name/getFullUrl`, (c) => {
    const name = c.req.param('name')
    const record = state.tracked.eventSubscriptions.get(name)
    if (!record) throw kind.missing(name, '')
    return c.json({ endpointUrl: subscriptionProperties.parse(record.properties).destination.properties.endpointUrl })
  })

  // Who has the code may agree: it was sent to the webhook and nowhere else.
  const follow = (code: string | undefined): { readonly text: string; readonly status: 200 | 404 } =>
    code !== undefined && handshakes.follow(code)
      ? { text: 'Webhook successfully validated as a subscription endpoint', status: 200 }
      : { text: 'There is no handshake under way with this code.', status: 404 }
  routes.get('/eventsubscriptions/validate', (c) => {
    const { text, status } = follow(c.req.query('id'))
    return c.text(text, status)
  })
  routes.post('/eventsubscriptions/validate', (c) => {
    const { text, status } = follow(c.req.query('id'))
    return c.text(text, status)
  })
  return routes
}
