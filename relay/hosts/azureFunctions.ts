import type { EventGridEvent, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import type { Log } from '../../core/index.ts'
import type { Relay } from '../relay.ts'

/** The relay as Azure Functions calls it, once for each kind of trigger. */
export interface FunctionHandlers {
  readonly http: (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>
  readonly eventGrid: (event: EventGridEvent, context: InvocationContext) => Promise<void>
}

/**
 * `relay` is made at the first call, because a function app is loaded long before it is needed.
 */
export function functionHandlers(relay: () => Promise<Relay>): FunctionHandlers {
  return {
    async http(request) {
      const { fetch } = await relay()
      const answer = await fetch(webRequest(request))
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
    },
    // The runtime has proved the sender and done the handshake. When this rejects, Event Grid delivers again.
    async eventGrid({ id, topic, subject, eventType, data }) {
      const { takeEvents } = await relay()
      await takeEvents([{ id, topic, subject, type: eventType, data }])
    },
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

/** The runtime's own log, which knows the invocation. */
export function functionLog(context: Pick<InvocationContext, 'debug' | 'info' | 'warn' | 'error'>): Log {
  return {
    debug: (message) => context.debug(message),
    info: (message) => context.info(message),
    warning: (message) => context.warn(message),
    error: (message) => context.error(message),
  }
}
