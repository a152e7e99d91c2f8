import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Bag, bag, type DeliveryRecord, type GridEvent } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import { eventEnvelope } from './eventEnvelope.ts'
import type { EventFaults } from './eventFaults.ts'
import { eventFilter, isWanted } from './eventFilter.ts'
import type { Webhook, WebhookAnswer } from './webhook.ts'

/** How long Event Grid waits before each further attempt; the last one goes on. */
export const eventGridRetrySeconds: readonly number[] = [...[10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200]]

/** Answers of a webhook after which it is not asked again. */
const final = [400, 401, 403, 413]

/** The properties of a subscription, as they are kept. */
export const subscriptionProperties = z.looseObject({
  destination: z.looseObject({
    endpointType: z.literal('WebHook'),
    properties: z.looseObject({ endpointUrl: z.string() }),
  }),
  filter: eventFilter.nullish(),
  eventDeliverySchema: z.enum(['EventGridSchema', 'CloudEventSchemaV1_0']).default('EventGridSchema'),
  retryPolicy: z
    .looseObject({
      maxDeliveryAttempts: z.number().int().min(1).max(30).nullish(),
      eventTimeToLiveInMinutes: z.number().int().min(1).max(1440).nullish(),
    })
    .nullish(),
  labels: z.array(z.string()).nullish(),
  expirationTimeUtc: z.string().nullish(),
  deadLetterDestination: bag.nullish(),
})

/**
 * Tells webhooks what happens in the workspace, at least once and in no promised order, as Event Grid does. What has
 * not been delivered is in the workspace's state: a killed emulator delivers it after its next start.
 */
export class EventGrid {
  readonly #state: WorkspaceState
  readonly #topic: string
  readonly #webhook: Webhook
  readonly #retrySeconds: readonly number[]
  readonly #deadLetters: string
  readonly #faults: EventFaults
  readonly #log: (line: string) => void
  readonly #closing = new AbortController()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #attempts = new Set<Promise<void>>()

  constructor(options: {
    readonly state: WorkspaceState
    /** The workspace's ARM id. */
    readonly topic: string
    readonly webhook: Webhook
    readonly retrySeconds: readonly number[]
    /** The folder for events that nobody took. */
    readonly deadLetters: string
    readonly faults: EventFaults
    readonly log: (line: string) => void
  }) {
    this.#state = options.state
    this.#topic = options.topic
    this.#webhook = options.webhook
    this.#retrySeconds = options.retrySeconds
    this.#deadLetters = options.deadLetters
    this.#faults = options.faults
    this.#log = options.log
  }

  /** Keeps the event for everybody who wants it, and begins to deliver it. `type` is without the provider. */
  publish(happened: { readonly type: string; readonly subject: string; readonly data: Bag }): void {
    const event: GridEvent = {
      id: randomUUID(),
      subject: happened.subject,
      eventType: `Microsoft.MachineLearningServices.${happened.type}`,
      eventTime: new Date().toISOString(),
      data: happened.data,
    }
    const fault = this.#faults.hit(event)
    if (fault === 'lost') return
    for (const { name, properties, provisioningState } of [...this.#state.tracked.eventSubscriptions.children()]) {
      const parsed = subscriptionProperties.safeParse(properties)
      if (!parsed.success || provisioningState !== 'Succeeded' || !isWanted(parsed.data.filter ?? {}, event)) continue
      const held = [...this.#state.eventDeliveries.children()].filter(
        (one) => one.subscription === name && one.dueAt === null,
      )
      const first = this.#keep({ subscription: name, event, isHeld: fault === 'reordered' })
      if (fault === 'repeated') this.#keep({ subscription: name, event, isHeld: false })
      if (fault === 'reordered') continue
      // What was held back comes after what came later.
      for (const one of held) void first.then(() => this.#release(one))
    }
  }

  /** Goes on with what an earlier process has not delivered. */
  resume(): void {
    for (const record of [...this.#state.eventDeliveries.children()])
      if (record.dueAt === null) this.#release(record)
      else this.#plan(record.id, Date.parse(record.dueAt) - Date.now())
  }

  async close(): Promise<void> {
    this.#closing.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.all(this.#attempts)
    await this.#webhook.close()
  }

  /** Resolves after the first attempt. */
  #keep(options: {
    readonly subscription: string
    readonly event: GridEvent
    readonly isHeld: boolean
  }): Promise<void> {
    const { subscription, event, isHeld } = options
    const id = randomUUID()
    const dueAt = isHeld ? null : new Date().toISOString()
    this.#state.eventDeliveries.set(id, { id, subscription, event, attempts: 0, dueAt, lastOutcome: null })
    return isHeld ? Promise.resolve() : this.#attempt(id)
  }

  #release(record: DeliveryRecord): void {
    if (this.#closing.signal.aborted) return
    this.#state.eventDeliveries.set(record.id, { ...record, dueAt: new Date().toISOString() })
    this.#attempt(record.id)
  }

  #plan(id: string, milliseconds: number): void {
    const timer = setTimeout(() => this.#attempt(id), Math.max(0, milliseconds))
    this.#timers.set(id, timer)
  }

  #attempt(id: string): Promise<void> {
    this.#timers.delete(id)
    const attempt = this.#deliver(id)
      .catch((error: unknown) => this.#log(`An event was not delivered: ${text(error)}`))
      .finally(() => this.#attempts.delete(attempt))
    this.#attempts.add(attempt)
    return attempt
  }

  async #deliver(id: string): Promise<void> {
    const record = this.#state.eventDeliveries.get(id)
    if (!record) return
    const { event, attempts } = record
    const found = this.#state.tracked.eventSubscriptions.get(record.subscription)
    const subscription = subscriptionProperties.safeParse(found?.properties)
    if (!subscription.success) {
      this.#state.eventDeliveries.delete(id)
      return
    }
    const { destination, eventDeliverySchema, retryPolicy } = subscription.data
    const { endpointUrl } = destination.properties
    const { subscription: name } = record
    const envelope = eventEnvelope({
      event,
      topic: this.#topic,
      schema: eventDeliverySchema,
      subscription: name,
      attempts,
    })
    let answer: WebhookAnswer | undefined
    let outcome: string
    try {
      const { signal } = this.#closing
      answer = await this.#webhook.send(endpointUrl, { method: 'POST', ...envelope, signal })
      outcome = `The webhook answered ${answer.status}.`
    } catch (error) {
      outcome = `The webhook did not answer: ${text(error)}`
    }
    if (this.#closing.signal.aborted) return
    if (answer !== undefined && answer.status >= 200 && answer.status <= 204) {
      this.#state.eventDeliveries.delete(id)
      return
    }
    const age = Date.now() - Date.parse(event.eventTime)
    const isLast =
      attempts + 1 >= (retryPolicy?.maxDeliveryAttempts ?? 30) ||
      age > (retryPolicy?.eventTimeToLiveInMinutes ?? 1440) * 60_000 ||
      (answer !== undefined && final.includes(answer.status))
    const failed = { ...record, attempts: attempts + 1, lastOutcome: outcome }
    if (isLast) return this.#giveUp(failed)
    const seconds = this.#retrySeconds[attempts] ?? this.#retrySeconds.at(-1) ?? 10
    this.#state.eventDeliveries.set(id, { ...failed, dueAt: new Date(Date.now() + seconds * 1000).toISOString() })
    this.#plan(id, seconds * 1000)
  }

  /** Written whole before it is forgotten. */
  async #giveUp({ id, subscription, event, attempts, lastOutcome }: DeliveryRecord): Promise<void> {
    const folder = join(this.#deadLetters, subscription)
    await mkdir(folder, { recursive: true })
    const file = join(folder, `${id}.json`)
    const letter = { topic: this.#topic, ...event, deadLetterReason: lastOutcome, deliveryAttempts: attempts }
    await writeFile(`${file}.new`, `${JSON.stringify(letter, undefined, 2)}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
    this.#state.eventDeliveries.delete(id)
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
