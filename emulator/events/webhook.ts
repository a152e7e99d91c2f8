import { rootCertificates } from 'node:tls'
import type { Dispatcher } from 'undici'

/** Event Grid waits so long for a webhook. */
const patienceMilliseconds = 30_000

export interface WebhookAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** The way out to webhooks: over HTTPS, or over HTTP to this machine only. */
export class Webhook {
  readonly #ca: string
  #agent: Dispatcher | undefined

  /** `ca` is trusted beside the well-known authorities. */
  constructor(ca: string) {
    this.#ca = ca
  }

  /** Why an address cannot be a webhook's; undefined when it can. */
  static fault(url: string): string | undefined {
    if (!URL.canParse(url)) return `The address "${url}" is none.`
    const { protocol, hostname } = new URL(url)
    const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
    return protocol === 'https:' || (protocol === 'http:' && isHere)
      ? undefined
      : `The address of a webhook must begin with https, or lead to this machine: "${url}".`
  }

  /** Rejects when there is no answer within 30 seconds. */
  async send(
    url: string,
    options: {
      readonly method: 'POST' | 'OPTIONS'
      readonly headers: Readonly<Record<string, string>>
      readonly body?: string
      readonly signal: AbortSignal
    },
  ): Promise<WebhookAnswer> {
    const { method, headers, body, signal } = options
    // Loaded when there is something to send: most workspaces have no subscription.
    const { Agent, request } = await import('../httpClient.ts')
    this.#agent ??= new Agent({ connect: { ca: [...rootCertificates, this.#ca] } })
    const answer = await request(url, {
      ...{ method, dispatcher: this.#agent },
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMilliseconds)]),
    })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }

  async close(): Promise<void> {
    await this.#agent?.destroy()
  }
}
