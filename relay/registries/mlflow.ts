import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { z } from 'zod'
import { Refusal } from '../answers.ts'
import { parseJson } from '../body/parseJson.ts'
import type { RegistryNews } from './registryNews.ts'

const delivery = z.looseObject({
  entity: z.string().max(100),
  action: z.string().max(100),
  data: z.looseObject({ name: z.string(), version: z.coerce.string().optional() }),
})

/** What of a registry is news to a rule: a new version, a tag or an alias on one. */
const wanted: ReadonlySet<string> = new Set(['model_version', 'model_version_tag', 'model_version_alias'])

/**
 * Reads a webhook of an MLflow registry. Its signature is that of Standard Webhooks under other names, over id, time
 * and body; a time more than five minutes away is refused.
 *
 * @throws Refusal
 */
export function readMlflow(headers: Headers, body: string, secret: string): RegistryNews {
  const id = headers.get('x-mlflow-delivery-id') ?? ''
  try {
    new Webhook(secret, { format: 'raw' }).verify(
      body,
      {
        'webhook-id': id,
        'webhook-timestamp': headers.get('x-mlflow-timestamp') ?? '',
        'webhook-signature': headers.get('x-mlflow-signature') ?? '',
      },
      { jsonParse: false },
    )
  } catch (error) {
    if (error instanceof WebhookVerificationError) throw new Refusal(401, `${error.message}.`)
    throw error
  }
  const parsed = delivery.safeParse(parseJson(body))
  if (!parsed.success) throw new Refusal(400, 'The body is no webhook of MLflow.')
  const { entity, data } = parsed.data
  return { eventId: id, isWanted: wanted.has(entity), model: data.name, version: data.version }
}
