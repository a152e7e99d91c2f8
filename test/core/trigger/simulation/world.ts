import { parseMetricExpression } from '../../../../core/config/metricExpression.ts'
import type { TriggerRule } from '../../../../core/config/triggerFile.ts'
import { orderOf } from '../../../../core/trigger/look.ts'
import type { RegisteredVersion } from '../../../../core/trigger/registry.ts'
import { judge } from '../../../../core/trigger/rules.ts'
import type { Store } from '../../../../core/trigger/store.ts'
import { ReceivingSide } from './fakeDestination.ts'
import { RegistrySide, source } from './fakeRegistry.ts'
import { type Plan, processes } from './plan.ts'
import { SimulatedProcess, workspaceId } from './process.ts'
import { Random } from './random.ts'
import { SharedStore } from './sharedStore.ts'
import { epoch, VirtualTime } from './virtualTime.ts'

function ruleOf(over: Partial<TriggerRule> & Pick<TriggerRule, 'name' | 'destinations'>): TriggerRule {
  return {
    ...{ enabled: true, dryRun: false, sources: [], models: ['*'], tags: {}, properties: {}, stage: undefined },
    ...{ minimumVersion: undefined, since: undefined, when: undefined, order: 'newest', debounceSeconds: 0 },
    ...{ service: undefined, concurrency: undefined, quietHours: [] },
    ...over,
  }
}

function expression(text: string): TriggerRule['when'] {
  const parsed = parseMetricExpression(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return { text, expression: parsed.expression }
}

const since = new Date(epoch - 86_400_000).toISOString()

/** Five rules, of both orders, with destinations of all three kinds. */
export const rules: readonly TriggerRule[] = [
  ruleOf({ name: 'newest', destinations: ['found'] }),
  ruleOf({ name: 'each', order: 'every', since, destinations: ['listed'] }),
  ruleOf({ name: 'ready', tags: { stage: 'ready' }, destinations: ['keyed'] }),
  ruleOf({ name: 'good', order: 'every', since, when: expression('rmse < 60'), destinations: ['blind'] }),
  ruleOf({ name: 'calm', debounceSeconds: 120, destinations: ['found', 'keyed'] }),
]

const kinds = [
  { name: 'found', canFind: true, takesKey: false },
  { name: 'listed', canFind: true, takesKey: false },
  { name: 'keyed', canFind: false, takesKey: true },
  { name: 'blind', canFind: false, takesKey: false },
] as const

export interface Outcome {
  /** What must never be, a sentence each; empty when all is as guaranteed. */
  readonly violations: readonly string[]
  readonly started: number
  /** Starts of what was started already, where nobody can tell. */
  readonly repeats: number
  readonly ignoredByKey: number
  readonly kills: number
  readonly freezes: number
  readonly virtualMinutes: number
}

/** Runs a plan to its end and holds what happened against what is guaranteed. */
export async function simulate(plan: Plan, around: (store: Store) => Store = (store) => store): Promise<Outcome> {
  const time = new VirtualTime()
  const random = new Random(plan.seed + 1)
  const shared = new SharedStore()
  const registry = new RegistrySide(time)
  const receivers = kinds.map((kind) => new ReceivingSide({ ...kind, time, random, faults: plan.destination }))
  const surroundings = { time, random, store: around(shared), registry, receivers, rules }
  const running = processes.map(
    (kind, index) =>
      new SimulatedProcess({
        ...{ name: `${kind}${index}`, surroundings, skew: plan.skews[index] ?? 0 },
        intervals: {
          wakeUps: kind === 'relay' ? 2000 : undefined,
          lanes: 5000,
          sweep: kind === 'sweep' ? 120_000 : undefined,
        },
        disturbances: plan.disturbances.filter(({ process }) => process === index),
      }),
  )
  let at = 0
  for (const [index, one] of plan.registrations.entries()) {
    at += one.gap
    time.at(at, () => {
      const tags = { stage: one.ready ? 'ready' : 'draft', rmse: one.rmse.toFixed(1) }
      const { model, version } = registry.register(`model-${one.model}`, tags)
      for (const delay of one.deliveries)
        time.at(time.now + delay, () =>
          running[random.below(3)]?.receive({
            ...{ workspaceId, model, version, source: 'event-grid', eventId: String(index) },
            receivedAt: new Date(epoch + time.now).toISOString(),
          }),
        )
    })
  }
  const end = at + 45 * 60_000
  await time.runUntil(end)
  const violations = receivers.flatMap((receiver) => violationsAt(receiver, registry))
  for (const { errors } of running) violations.push(...errors.map((error) => `A process failed: ${error}`))
  const starts = receivers.flatMap(({ runs }) => runs)
  const blind = receivers.filter(({ canFind, takesKey }) => !canFind && !takesKey).flatMap(({ runs }) => runs)
  return {
    violations,
    started: starts.length,
    repeats: blind.length - new Set(blind.map(({ order }) => order.idempotencyKey)).size,
    ignoredByKey: receivers.reduce((sum, { ignored }) => sum + ignored, 0),
    kills: running.reduce((sum, { kills }) => sum + kills, 0),
    freezes: running.reduce((sum, { freezes }) => sum + freezes, 0),
    virtualMinutes: Math.round(end / 60_000),
  }
}

function violationsAt(receiver: ReceivingSide, registry: RegistrySide): string[] {
  const found: string[] = []
  const mayRepeat = !receiver.canFind && !receiver.takesKey
  for (const rule of rules.filter(({ destinations }) => destinations.includes(receiver.name))) {
    const newestStarted = new Map<string, number>()
    for (const { order } of receiver.runs.filter((run) => run.order.rule === rule.name)) {
      const number = Number(order.model.version)
      const newest = newestStarted.get(order.model.name) ?? 0
      const what = `${order.model.name}:${number} (rule ${rule.name}, ${receiver.name})`
      if (number < newest) found.push(`${what} was started after version ${newest}.`)
      newestStarted.set(order.model.name, Math.max(newest, number))
    }
    for (const versions of registry.models.values()) {
      const selected = versions.filter((version) => judge({ rule, source, version, served: undefined }).selected)
      for (const version of versions) {
        const key = orderOf(rule, receiver.name, source.id, version).idempotencyKey
        const starts = receiver.startedFor(key).length
        const what = `${version.model}:${version.version} (rule ${rule.name}, ${receiver.name})`
        if (starts > 0 && !selected.includes(version)) found.push(`${what} was started and is not selected.`)
        if (starts > 1 && !mayRepeat) found.push(`${what} was started ${starts} times.`)
        if (starts === 0 && mustStart(rule, selected, version)) found.push(`${what} was never started.`)
      }
    }
  }
  return found
}

function mustStart(rule: TriggerRule, selected: readonly RegisteredVersion[], version: RegisteredVersion): boolean {
  return rule.order === 'every' ? selected.includes(version) : selected.at(-1) === version
}
