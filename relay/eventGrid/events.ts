import { z } from 'zod'
import { Refusal } from '../answers.ts'

/** An event in either envelope. */
export interface GridEvent {
  readonly id: string
  /** The ARM id of what it is about. */
  readonly topic: string
  readonly subject: string
  readonly type: string
  readonly data: unknown
}

/** More events than this are not delivered at once. */
const mostEvents = 5000

const text = (most: number) => z.string().min(1).max(most)

// Both envelopes have more members; whoever adds one must not be refused.
const eventGridSchema = z
  .looseObject({
    id: text(500),
    topic: text(1000),
    subject: z.string().max(2000),
    eventType: text(300),
    data: z.unknown(),
  })
  .transform(({ id, topic, subject, eventType, data }): GridEvent => ({ id, topic, subject, type: eventType, data }))
const cloudEventSchema = z
  .looseObject({
    specversion: z.literal('1.0'),
    ...{ id: text(500), source: text(1000), subject: z.string().max(2000).default(''), type: text(300) },
    data: z.unknown(),
  })
  .transform(({ id, source, subject, type, data }): GridEvent => ({ id, topic: source, subject, type, data }))
const event = z.union([cloudEventSchema, eventGridSchema])

/**
 * The events of a body: one or a list, in Event Grid's envelope or CloudEvents'. What is no event is counted and left,
 * because its neighbours in the same delivery must not be lost with it.
 *
 * @throws Refusal (400) when nothing of it is an event
 */
export function readEvents(body: unknown): { readonly events: readonly GridEvent[]; readonly unreadable: number } {
  const given = Array.isArray(body) ? body : [body]
  if (given.length > mostEvents) throw new Refusal(400, `More than ${mostEvents} events were sent at once.`)
  const events = given.flatMap((one) => event.safeParse(one).data ?? [])
  if (events.length === 0 && given.length > 0)
    throw new Refusal(400, 'The body is no event in the envelope of Event Grid or of CloudEvents 1.0.')
  return { events, unreadable: given.length - events.length }
}
