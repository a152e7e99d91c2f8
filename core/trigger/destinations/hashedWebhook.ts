import { createHmac } from 'node:crypto'
import type { SecretReference } from '../../config/secretReference.ts'
import { DispatchError, type Order, type Started } from '../destination.ts'
import { checkedOrder } from './checkedOrder.ts'
import { asDispatchError, beforeSending } from './dispatchFailure.ts'
import { orderPayload } from './orderPayload.ts'
import { refusedAnswer } from './refusedAnswer.ts'
import type { Surroundings } from './surroundings.ts'

/** What Azure DevOps checks a webhook's body by: hexadecimal HMAC-SHA1, the only form it knows. */
export function azureDevOpsSignature(secret: string, body: string): string {
  return createHmac('sha1', secret).update(body, 'utf8').digest('hex').toUpperCase()
}

/** Posts an order to a webhook of Azure DevOps, signed. Its answer tells no run: nothing is found again by it. */
export async function sendHashed(options: {
  readonly order: Order
  readonly url: () => Promise<string>
  readonly secret: SecretReference
  readonly header: string
  readonly doing: string
  readonly surroundings: Surroundings
  readonly signal: AbortSignal
}): Promise<Started> {
  const { doing, header, surroundings, signal } = options
  const order = checkedOrder(options.order)
  const { sender, readSecret, clock } = surroundings
  const [url, secret] = await Promise.all([options.url(), readSecret(options.secret)]).catch((error: unknown) => {
    throw beforeSending(error, `preparing ${doing}`)
  })
  const body = JSON.stringify(orderPayload(order))
  const answer = await sender
    .send({
      ...{ method: 'POST', url, body, signal, doing },
      headers: {
        'content-type': 'application/json',
        'user-agent': 'azureml-cd',
        [header]: azureDevOpsSignature(secret, body),
      },
    })
    .catch((error: unknown) => {
      throw asDispatchError(error, doing)
    })
  if (answer.status === 203)
    throw new DispatchError(`While ${doing}, a page for signing in came back: the webhook is not there.`, {
      certain: true,
      permanent: true,
    })
  if (answer.status >= 400) throw refusedAnswer({ answer, doing, host: new URL(url).host, now: clock.now() })
  return { id: `key:${order.idempotencyKey}` }
}
