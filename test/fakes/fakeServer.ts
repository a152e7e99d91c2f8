import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

export interface FakeRequest {
  readonly method: string
  /** Decoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a text as it is; undefined is no body. */
  readonly body?: unknown
}

export interface Exchange extends FakeRequest {
  readonly status: number
  readonly answer: unknown
}

/** What goes wrong with the next request that matches: before anything is done about it, or after, so that it was done. */
export interface FakeFault {
  readonly method: string
  readonly path: RegExp
  readonly when: 'before' | 'after'
  readonly how: FakeAnswer | 'drop' | { readonly delayMilliseconds: number }
}

/** A server of this machine that stands in for a service in the cloud, keeps every exchange, and fails when told to. */
export class FakeServer {
  readonly exchanges: Exchange[] = []
  readonly #server: Server
  readonly #faults: FakeFault[] = []

  constructor(handle: (request: FakeRequest) => FakeAnswer) {
    this.#server = createServer((incoming, outgoing) => {
      this.#answer(incoming, outgoing, handle).catch((error: unknown) => outgoing.destroy(Object(error)))
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  }

  fail(fault: FakeFault): void {
    this.#faults.push(fault)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    handle: (request: FakeRequest) => FakeAnswer,
  ): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url)
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    const request: FakeRequest = {
      method: incoming.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers,
      text: await text(incoming),
    }
    const index = this.#faults.findIndex(({ method, path }) => method === request.method && path.test(request.path))
    const [fault] = index < 0 ? [] : this.#faults.splice(index, 1)
    if (fault?.how === 'drop' && fault.when === 'before') {
      outgoing.destroy()
      return
    }
    const isDelay = typeof fault?.how === 'object' && 'delayMilliseconds' in fault.how
    if (typeof fault?.how === 'object' && 'delayMilliseconds' in fault.how) await pause(fault.how.delayMilliseconds)
    const done = fault?.when === 'before' && !isDelay ? undefined : handle(request)
    if (fault?.how === 'drop') {
      outgoing.destroy()
      return
    }
    const instead = typeof fault?.how === 'object' && 'status' in fault.how ? fault.how : undefined
    const answer = instead ?? done ?? { status: 500 }
    if (instead === undefined) this.exchanges.push({ ...request, status: answer.status, answer: answer.body })
    const isText = typeof answer.body === 'string'
    outgoing.writeHead(answer.status, {
      ...(answer.body === undefined
        ? {}
        : { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8' }),
      ...answer.headers,
    })
    outgoing.end(answer.body === undefined ? undefined : isText ? answer.body : JSON.stringify(answer.body))
  }
}
