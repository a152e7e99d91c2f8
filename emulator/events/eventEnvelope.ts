import type { GridEvent } from '../state/records.ts'

export type EventSchema = 'EventGridSchema' | 'CloudEventSchemaV1_0'

/** The body and the headers by which a webhook is told of an event. */
export function eventEnvelope(options: {
  readonly event: GridEvent
  readonly topic: string
  readonly schema: EventSchema
  readonly subscription: string
  /** Of earlier deliveries of the same event. */
  readonly attempts: number
}): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const { event, topic, schema, subscription, attempts } = options
  const headers = {
    'aeg-subscription-name': subscription.toUpperCase(),
    'aeg-delivery-count': String(attempts),
    'aeg-data-version': '',
    'aeg-metadata-version': '1',
    'aeg-event-type': 'Notification',
  }
  const { id, subject, eventType, eventTime, data } = event
  if (schema === 'CloudEventSchemaV1_0')
    return {
      headers: { ...headers, 'content-type': 'application/cloudevents+json; charset=utf-8' },
      body: JSON.stringify({ id, source: topic, subject, type: eventType, time: eventTime, data, specversion: '1.0' }),
    }
  return {
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify([{ id, topic, subject, eventType, eventTime, data, dataVersion: '', metadataVersion: '1' }]),
  }
}
