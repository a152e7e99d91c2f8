import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from '../answers.ts'
import { parseJson } from '../body/parseJson.ts'
import { sameSecret } from '../senders/sameSecret.ts'
import type { RegistryNews } from './registryNews.ts'

const delivery = z.looseObject({
  event: z.string().max(100),
  /** Milliseconds since 1970. */
  event_timestamp: z.coerce.number(),
  model_name: z.string(),
  version: z.coerce.string().optional(),
})

/** The signature is over the body alone, so how old a delivery may be the time within the body decides. */
const windowMilliseconds = 3_600_000

/** @throws Refusal */
export function readDatabricks(options: {
  readonly headers: Headers
  readonly body: string
  readonly secret: string
  readonly now: number
}): RegistryNews {
  const { headers, body, secret, now } = options
  const expected = createHmac('sha256', secret).update(body, 'utf8').digest('hex')
  if (!sameSecret((headers.get('x-databricks-signature') ?? '').toLowerCase(), expected))
    throw new Refusal(401, 'The signature is missing or wrong.')
  const parsed = delivery.safeParse(parseJson(body))
  if (!parsed.success) throw new Refusal(400, 'The body is no webhook of the Databricks model registry.')
  const { event, event_timestamp: at, model_name: model, version } = parsed.data
  if (!(Math.abs(now - at) <= windowMilliseconds)) throw new Refusal(401, 'The delivery is more than an hour old.')
  // A delivery has no id of its own; the same body is the same news.
  const eventId = createHash('sha256').update(body).digest('hex')
  return { eventId, isWanted: event.startsWith('MODEL_VERSION_'), model, version }
}
