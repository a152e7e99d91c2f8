import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { assertNever } from '../../core/errors.ts'
import { sameText } from '../identity/tokens.ts'
import { controlHeader } from './controlRoutes.ts'
import type { FaultEffect, Faults } from './faults.ts'
import type { RequestRecorder } from './requestRecorder.ts'

export interface Destination {
  /** Whether a path, which starts with a slash, belongs here; `host` is in lower case, with its port. */
  readonly takes: (path: string, host: string) => boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
}

/**
 * The one door of the emulator: checks whom the request was meant for, records it, lets faults happen to it, and
 * hands it to the first destination that takes it. What the emulator asks of itself is told by the control token and
 * passes without record and faults.
 */
export function listener(options: {
  readonly destinations: readonly Destination[]
  readonly faults: Faults
  readonly requests: RequestRecorder
  readonly controlToken: string
  /** The host names, without a port, that this server answers to. */
  readonly hosts: readonly string[]
  /** Whether clients may come through another port, as they do to a container. */
  readonly anyPort: boolean
}): RequestListener {
  const dispatch = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    // What a browser opens here is somebody else's but for the page: a blob must not act with the rights of this origin.
    if (request.headers['sec-fetch-mode'] === 'navigate') response.setHeader('content-security-policy', 'sandbox')
    const host = hostOf(request)
    const destination = options.destinations.find(({ takes }) => takes(path, host))
    if (destination) destination.handle(request, response)
    else answer(response, 404, {}, { error: { code: 'NotFound', message: `There is nothing at ${path}.` } })
  }
  return (request, response) => {
    if (!isOwnHost(request, options)) {
      const message = `This server does not answer for the host "${request.headers.host ?? ''}".`
      answer(response, 421, {}, { error: { code: 'MisdirectedRequest', message } })
      return
    }
    const token = request.headers[controlHeader]
    const path = request.url ?? ''
    if (path.startsWith('/_emulator/') || (typeof token === 'string' && sameText(token, options.controlToken))) {
      dispatch(request, response)
      return
    }
    options.requests.watch(request, response)
    const effects = options.faults.hit(request)
    if (effects.length === 0) dispatch(request, response)
    else void afterFaults(effects, { request, response }).then((goOn) => goOn && dispatch(request, response))
  }
}

/** A page of another site that has made its name point at this machine is turned away here (DNS rebinding). */
function isOwnHost(
  request: IncomingMessage,
  { hosts, anyPort }: { readonly hosts: readonly string[]; readonly anyPort: boolean },
): boolean {
  const [, name = '', port = '443'] = /^(.*?)(?::(\d+))?$/.exec(hostOf(request)) ?? []
  return hosts.includes(name) && (anyPort || port === String(request.socket.localPort))
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').toLowerCase()
}

/** Answers whether the request is still to be handled. */
async function afterFaults(
  effects: readonly FaultEffect[],
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<boolean> {
  const { request, response } = exchange
  for (const effect of effects)
    switch (effect.kind) {
      case 'delay':
        await pause(effect.milliseconds)
        break
      case 'answer':
        request.resume()
        answer(response, effect.status, effect.headers ?? {}, effect.body)
        return false
      case 'drop':
        if (effect.when === 'after') {
          dropInsteadOfAnswering(response)
          break
        }
        request.socket.destroy()
        return false
      case 'fail-operation':
        break
      default:
        return assertNever(effect)
    }
  return !response.destroyed
}

/** The answer is swallowed; its end, which comes once the effect is lasting, closes the connection. */
function dropInsteadOfAnswering(response: ServerResponse): void {
  const swallow = (value: unknown) => ({ value, configurable: true, writable: true })
  Object.defineProperties(response, {
    writeHead: swallow(() => response),
    flushHeaders: swallow(() => undefined),
    write: swallow(() => true),
    end: swallow(() => {
      response.socket?.destroy()
      return response
    }),
  })
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(text)
}
