import { z } from 'zod'
import type { GridEvent } from '../state/records.ts'

/** What event sources do to their receivers, on purpose and as often as told. */
export const eventFaultRule = z.object({
  match: z.object({ eventType: z.string().optional(), subject: z.string().optional() }),
  /** `reordered` is delivered after the next event. */
  effect: z.enum(['lost', 'repeated', 'reordered']),
  /** How many matching events are hit; all of them when missing. */
  times: z.number().int().min(1).optional(),
  /** How many matching events pass first. */
  skip: z.number().int().min(0).optional(),
})

/** `eventType` and `subject` are regular expressions searched for in any letter case. */
export type EventFaultRule = z.input<typeof eventFaultRule>
export type EventFault = z.infer<typeof eventFaultRule>['effect']

/** The faults of events that tests have asked for; the first rule that matches counts. */
export class EventFaults {
  #rules: { readonly rule: EventFaultRule; toSkip: number; left: number }[] = []

  /** Throws when the rule is not well-formed. */
  add(rule: EventFaultRule): void {
    const { skip, times } = eventFaultRule.parse(rule)
    this.#rules.push({ rule, toSkip: skip ?? 0, left: times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#rules = []
  }

  hit(event: GridEvent): EventFault | undefined {
    for (const one of this.#rules) {
      const { eventType, subject } = one.rule.match
      if (eventType !== undefined && !new RegExp(eventType, 'i').test(event.eventType)) continue
      if (subject !== undefined && !new RegExp(subject, 'i').test(event.subject)) continue
      if (one.left === 0) continue
      if (one.toSkip > 0) {
        one.toSkip -= 1
        continue
      }
      one.left -= 1
      return one.rule.effect
    }
    return undefined
  }
}
