import { setTimeout as pause } from 'node:timers/promises'
import type { EventGridEvent, HttpRequest, HttpResponseInit, InvocationContext, Timer } from '@azure/functions'
import type { Relay } from '../relay.ts'
import type { FunctionHost } from './functionHost.ts'

/** The relay of a function app, open. */
export interface FunctionRelay {
  readonly relay: Pick<Relay, 'fetch' | 'takeEvents'>
  /** Acts on what was taken, and goes on with what is under way. */
  act(): Promise<void>
  /** Looks at every model that rules name. */
  sweep(): Promise<void>
}

/** The relay as Azure Functions calls it, once for each kind of trigger. */
export interface FunctionHandlers {
  readonly http: (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>
  readonly eventGrid: (event: EventGridEvent, context: InvocationContext) => Promise<void>
  readonly look: (timer: Timer, context: InvocationContext) => Promise<void>
  readonly sweep: (timer: Timer, context: InvocationContext) => Promise<void>
}

/** Event Grid waits 30 seconds for an answer, and takes a later one for none. */
const actMilliseconds = 20_000

/** `open` is asked at every call, because a function app is loaded long before it is needed. */
export function functionHandlers(open: () => Promise<FunctionRelay>, host: FunctionHost): FunctionHandlers {
  return {
    http: (request, context) =>
      host.during(context, async () => {
        const { relay } = await open()
        const answer = await relay.fetch(webRequest(request))
        return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
      }),
    // The runtime has proved the sender and done the handshake. When this rejects, Event Grid delivers again.
    eventGrid: ({ id, topic, subject, eventType, data }, context) =>
      host.during(context, async () => {
        const { relay, act } = await open()
        await relay.takeEvents([{ id, topic, subject, type: eventType, data }])
        // It is stored, and delivering it again would change nothing: what goes wrong from here on is not Event Grid's
        // business. An app only has the time that its invocations take, so that it is acted on within this one.
        const late = new AbortController()
        await Promise.race([
          act().catch((error: unknown) => host.log.error(`It is tried again in a minute: ${String(error)}`)),
          pause(actMilliseconds, undefined, { signal: late.signal }).catch(() => undefined),
        ])
        late.abort()
      }),
    look: (_, context) => host.during(context, async () => (await open()).act()),
    sweep: (_, context) => host.during(context, async () => (await open()).sweep()),
  }
}

function webRequest(request: HttpRequest): Request {
  const { method, url, headers, body } = request
  const init = { method, headers: Object.fromEntries(headers.entries()) }
  if (method === 'GET' || method === 'HEAD' || body === null) return new Request(url, init)
  return new Request(url, { ...init, body: chunksOf(body), duplex: 'half' })
}

/** The runtime's stream is Node's; the web's own is made of it chunk by chunk, so that a limit can end it early. */
function chunksOf(body: NonNullable<HttpRequest['body']>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
