import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import type { Destination } from '../destination.ts'
import { checkedOrder } from './checkedOrder.ts'
import { beforeSending } from './dispatchFailure.ts'
import { orderPayload } from './orderPayload.ts'
import { refusedAnswer } from './refusedAnswer.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Tells anybody, as Standard Webhooks agrees on it: a signature over id, time and body. The id is the order's key, and a
 * receiver that keeps to the agreement takes each id once.
 */
export function webhook(config: DestinationConfigOf<'webhook'>, surroundings: Surroundings): Destination {
  const { host } = new URL(config.url)
  const doing = `sending the webhook to ${host}`
  const { sender, readSecret, clock } = surroundings
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: false,
    takesKey: true,
    async start(given, signal) {
      const order = checkedOrder(given)
      const signer = await readSecret(config.secret)
        .then(async (secret) => new (await import('./webhookSigner.ts')).Webhook(secret))
        .catch((error: unknown) => {
          throw beforeSending(error, `preparing ${doing}`)
        })
      const body = JSON.stringify(orderPayload(order))
      const sentAt = new Date(clock.now())
      const answer = await sender.send({
        ...{ method: 'POST', url: config.url, body, signal, doing },
        headers: {
          'content-type': 'application/json',
          'user-agent': 'azureml-cd',
          'webhook-id': order.idempotencyKey,
          'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
          'webhook-signature': signer.sign(order.idempotencyKey, sentAt, body),
        },
      })
      if (answer.status >= 400) throw refusedAnswer({ answer, doing, host, now: clock.now() })
      return { id: order.idempotencyKey }
    },
    find: async () => undefined,
  }
}
