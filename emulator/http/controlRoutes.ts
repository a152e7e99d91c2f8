import { Hono } from 'hono'
import { eventFaultRule } from '../events/eventFaults.ts'
import { sameText } from '../identity/tokens.ts'
import type { Bindings } from './bindings.ts'
import { type Faults, faultRule } from './faults.ts'
import type { RequestRecorder } from './requestRecorder.ts'

/** The header with the control token, which is in the environment file as AZUREML_CD_EMULATOR_TOKEN. */
export const controlHeader = 'x-azureml-cd-emulator-token'

/** What tests ask of the emulator itself; everything but `/health` needs the control token. */
export function controlRoutes(options: {
  readonly controlToken: string
  readonly faults: Faults
  readonly requests: RequestRecorder
  readonly reset: () => Promise<void>
}): Hono<Bindings> {
  const { controlToken, faults, requests, reset } = options
  const routes = new Hono<Bindings>()
  routes.get('/health', (c) => c.json({ status: 'ok' }))
  routes.use('/_emulator/*', async (c, next) => {
    if (!sameText(c.req.header(controlHeader) ?? '', controlToken))
      return c.json(
        { error: { code: 'Unauthorized', message: `The header ${controlHeader} holds no valid token.` } },
        401,
      )
    return next()
  })
  routes.post('/_emulator/faults', async (c) => {
    const rule = faultRule.safeParse(await c.req.json().catch(() => undefined))
    if (!rule.success) return c.json({ error: { code: 'BadRequest', message: rule.error.message } }, 400)
    faults.add(rule.data)
    return c.json({ added: true }, 201)
  })
  routes.post('/_emulator/event-faults', async (c) => {
    const rule = eventFaultRule.safeParse(await c.req.json().catch(() => undefined))
    if (!rule.success) return c.json({ error: { code: 'BadRequest', message: rule.error.message } }, 400)
    faults.events.add(rule.data)
    return c.json({ added: true }, 201)
  })
  routes.delete('/_emulator/faults', (c) => {
    faults.clear()
    return c.body(null, 204)
  })
  routes.post('/_emulator/reset', async (c) => {
    await reset()
    requests.clear()
    return c.body(null, 204)
  })
  routes.get('/_emulator/requests', (c) => c.json({ value: requests.all() }))
  routes.delete('/_emulator/requests', (c) => {
    requests.clear()
    return c.body(null, 204)
  })
  return routes
}
