import { z } from 'zod'
import { emptyAnswer, jsonAnswer, Refusal } from '../answers.ts'
import type { GridEvent } from './events.ts'

/** Who may ask by OPTIONS whether its events are wanted: Event Grid in Azure's clouds. */
const origins: ReadonlySet<string> = new Set(['eventgrid.azure.net', 'eventgrid.azure.us', 'eventgrid.azure.cn'])

const validation = z.looseObject({ validationCode: z.string().min(1).max(200) })

/**
 * The handshake of CloudEvents' HTTP webhooks. Agreeing lets nobody in: each delivery proves its sender. The callback
 * address that comes along is never asked for.
 */
export function cloudEventsHandshake(request: Request): Response {
  const origin = request.headers.get('webhook-request-origin')?.trim().toLowerCase() ?? ''
  if (!origins.has(origin)) throw new Refusal(403, 'Only Event Grid is listened to.')
  return emptyAnswer(200, { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*', allow: 'POST, OPTIONS' })
}

export const validationType = 'Microsoft.EventGrid.SubscriptionValidationEvent'

/**
 * The handshake in Event Grid's own envelope: the code goes back. The `validationUrl` beside it is never fetched: it is
 * text that the sender chose.
 */
export function eventGridHandshake({ data }: GridEvent): Response {
  const given = validation.safeParse(data)
  if (!given.success) throw new Refusal(400, 'The validation event has no validationCode.')
  return jsonAnswer(200, { validationResponse: given.data.validationCode })
}
