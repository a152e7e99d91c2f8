import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ArmError } from '../armError.ts'
import type { EventSchema } from './eventEnvelope.ts'
import type { Webhook } from './webhook.ts'

const origin = 'eventgrid.azure.net'
const validation = z.object({ validationResponse: z.string() })

/** Whoever follows the address in a handshake has ten minutes for it. */
const manualMilliseconds = 600_000

/** The proof that a webhook wants events, before it gets any: at once, or later by following an address. */
export class Handshakes {
  readonly #webhook: Webhook
  readonly #address: () => string
  readonly #waiting = new Map<string, () => void>()

  /** `address` is where this server is reached. */
  constructor(options: { readonly webhook: Webhook; readonly address: () => string }) {
    this.#webhook = options.webhook
    this.#address = options.address
  }

  /** Rejects with `ArmError` when the webhook does not agree. */
  async shake(options: {
    readonly url: string
    readonly schema: EventSchema
    readonly topic: string
    readonly subscription: string
    readonly signal: AbortSignal
  }): Promise<void> {
    const code = randomUUID()
    const followed = this.#followed(code, options.signal)
    try {
      const agreed =
        options.schema === 'CloudEventSchemaV1_0'
          ? await this.#ask(code, options)
          : await this.#sendValidationEvent(code, options)
      if (!agreed) await followed.promise
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ArmError({
        status: 400,
        code: 'Url validation',
        message: `Webhook validation handshake failed for ${new URL(options.url).origin}${new URL(options.url).pathname}. ${reason} For troubleshooting, visit https://aka.ms/esvalidation.`,
      })
    } finally {
      followed.give()
    }
  }

  /** Somebody followed an address; false when nobody waits for it. */
  follow(code: string): boolean {
    const settle = this.#waiting.get(code)
    settle?.()
    return settle !== undefined
  }

  #followed(code: string, signal: AbortSignal): { readonly promise: Promise<void>; readonly give: () => void } {
    let timer: NodeJS.Timeout | undefined
    const promise = new Promise<void>((settle, reject) => {
      this.#waiting.set(code, settle)
      timer = setTimeout(
        () => reject(new Error('Nobody followed its validation address in 10 minutes.')),
        manualMilliseconds,
      )
      timer.unref()
      signal.addEventListener('abort', () => reject(new Error('The emulator ends.')), { once: true })
    })
    // Nobody may be waiting when it is given up.
    promise.catch(() => undefined)
    return {
      promise,
      give: () => {
        clearTimeout(timer)
        this.#waiting.delete(code)
      },
    }
  }

  #validationUrl(code: string): string {
    return `${this.#address()}/eventsubscriptions/validate?id=${code}`
  }

  async #sendValidationEvent(
    code: string,
    { url, topic, subscription, signal }: { url: string; topic: string; subscription: string; signal: AbortSignal },
  ): Promise<boolean> {
    const { status, text } = await this.#webhook.send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'aeg-event-type': 'SubscriptionValidation',
        'aeg-subscription-name': subscription.toUpperCase(),
      },
      body: JSON.stringify([
        {
          ...{ id: randomUUID(), topic, subject: '' },
          data: { validationCode: code, validationUrl: this.#validationUrl(code) },
          eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
          eventTime: new Date().toISOString(),
          ...{ metadataVersion: '1', dataVersion: '2' },
        },
      ]),
      signal,
    })
    if (status !== 200) throw new Error(`Http POST request failed with response code ${status}.`)
    const answered = validation.safeParse(parsed(text))
    if (answered.success && answered.data.validationResponse !== code)
      throw new Error('The validation response is not the code that was sent.')
    return answered.success
  }

  /** CloudEvents HTTP 1.1 Web Hooks, section 4. */
  async #ask(code: string, { url, signal }: { url: string; signal: AbortSignal }): Promise<boolean> {
    const { status, headers } = await this.#webhook.send(url, {
      method: 'OPTIONS',
      headers: {
        'webhook-request-origin': origin,
        'webhook-request-callback': this.#validationUrl(code),
        'webhook-request-rate': '120',
      },
      signal,
    })
    if (status < 200 || status > 299) throw new Error(`Http OPTIONS request failed with response code ${status}.`)
    const allowed = headers['webhook-allowed-origin']
    if (allowed === undefined) return false
    if (allowed !== '*' && allowed !== origin)
      throw new Error(`The webhook allows the origin ${String(allowed)} and not ${origin}.`)
    return true
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
