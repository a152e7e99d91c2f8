import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

export interface Received {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** How a receiver answers; undefined is 200 and agreement to a handshake. */
export type Behaviour = (received: Received, count: number) => { readonly status: number } | undefined

const handshake = z.array(z.object({ data: z.object({ validationCode: z.string(), validationUrl: z.string() }) }))

/** A webhook of this machine that keeps what it got. */
export class Receiver {
  readonly received: Received[] = []
  readonly handshakes: Received[] = []
  readonly #server: Server
  behaviour: Behaviour = () => undefined
  /** Whether it answers a handshake with agreement. */
  agrees = true

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request)
      const one = {
        method: request.method ?? '',
        headers: request.headers,
        body: body === '' ? null : JSON.parse(body),
      }
      const isHandshake = one.method === 'OPTIONS' || one.headers['aeg-event-type'] === 'SubscriptionValidation'
      if (isHandshake) {
        this.handshakes.push(one)
        const [event] = handshake.safeParse(one.body).data ?? []
        if (this.agrees) response.setHeader('WebHook-Allowed-Origin', '*')
        response.end(this.agrees && event ? JSON.stringify({ validationResponse: event.data.validationCode }) : '')
        return
      }
      const answer = this.behaviour(one, this.received.push(one))
      response.writeHead(answer?.status ?? 200).end()
    })
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/events?code=secret`
  }

  /** The subjects of the events, in the order in which they came. */
  get subjects(): readonly string[] {
    return this.received.map(({ body }) => {
      const one = z.union([z.tuple([z.object({ subject: z.string() })]), z.object({ subject: z.string() })]).parse(body)
      return Array.isArray(one) ? one[0].subject : one.subject
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
