import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { EventFaults } from '../events/eventFaults.ts'

/** What goes wrong with a request that matches. */
const effect = z.discriminatedUnion('kind', [
  /** Answered instead of being handled. */
  z.object({
    kind: z.literal('answer'),
    status: z.number().int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** The connection is closed without an answer: before the request is handled, or once its effect is lasting. */
  z.object({ kind: z.literal('drop'), when: z.enum(['before', 'after']) }),
  /** The long-running operation that the request starts fails with this error. */
  z.object({
    kind: z.literal('fail-operation'),
    error: z.object({ code: z.string().nullable(), message: z.string() }),
  }),
  z.object({ kind: z.literal('delay'), milliseconds: z.number().min(0) }),
])

export const faultRule = z.object({
  match: z.object({ method: z.string().optional(), path: z.string().optional() }),
  /** How many matching requests are hit; all of them when missing. */
  times: z.number().int().min(1).optional(),
  /** How many matching requests pass first. */
  skip: z.number().int().min(0).optional(),
  effect,
})

/** `path` is a regular expression searched for in path and query, in any letter case. */
export type FaultRule = z.input<typeof faultRule>
export type FaultEffect = z.infer<typeof effect>
export type OperationFailure = { readonly code: string | null; readonly message: string }

interface ActiveRule {
  readonly method: string | undefined
  readonly path: RegExp | undefined
  readonly effect: FaultEffect
  toSkip: number
  left: number
}

/** The faults that tests have asked for. Rules are tried in the order in which they were added. */
export class Faults {
  /** What happens to events on their way out. */
  readonly events = new EventFaults()
  #rules: ActiveRule[] = []
  readonly #failures = new WeakMap<IncomingMessage, OperationFailure>()

  /** Throws when the rule is not well-formed. Answers how to take the rule back. */
  add(rule: FaultRule): () => void {
    const { match, effect, skip, times } = faultRule.parse(rule)
    const active: ActiveRule = {
      method: match.method?.toUpperCase(),
      path: match.path === undefined ? undefined : new RegExp(match.path, 'i'),
      effect,
      toSkip: skip ?? 0,
      left: times ?? Number.POSITIVE_INFINITY,
    }
    this.#rules.push(active)
    return () => {
      this.#rules = this.#rules.filter((one) => one !== active)
    }
  }

  clear(): void {
    this.events.clear()
    this.#rules = []
  }

  /** The effects on this request: any number of delays, then at most one of another kind. */
  hit(request: IncomingMessage): readonly FaultEffect[] {
    const effects: FaultEffect[] = []
    for (const rule of this.#rules) {
      if (rule.method !== undefined && rule.method !== request.method) continue
      if (rule.path !== undefined && !rule.path.test(request.url ?? '')) continue
      if (rule.left === 0) continue
      if (rule.toSkip > 0) {
        rule.toSkip -= 1
        continue
      }
      rule.left -= 1
      effects.push(rule.effect)
      if (rule.effect.kind === 'fail-operation') this.#failures.set(request, rule.effect.error)
      if (rule.effect.kind !== 'delay') break
    }
    return effects
  }

  /** How the operation that this request starts is to fail, if it is. */
  failureOf(request: IncomingMessage): OperationFailure | undefined {
    return this.#failures.get(request)
  }
}
