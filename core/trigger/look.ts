import type { TriggerRule } from '../config/triggerFile.ts'
import type { Order } from './destination.ts'
import type { Dispatch, DispatchOptions } from './dispatch.ts'
import { type Lane, startable } from './lane.ts'
import { digest, type StoredLane } from './ledger.ts'
import { pacing } from './pacing.ts'
import { quietUntil } from './quietTimes.ts'
import type { RegisteredVersion, Registry } from './registry.ts'
import { judge, looksAtLabels, looksAtService, nameTest } from './rules.ts'
import type { Slots } from './slots.ts'
import { type Age, compareAge } from './versionOrder.ts'

export interface LookOptions extends DispatchOptions {
  readonly dispatch: Dispatch
  readonly slots: Slots
  readonly rereadSeconds: number
}

/** What a look at one model found. */
export interface Looked {
  readonly versionsRead: number
  /** Lanes in which something is selected and must wait, and for how long; milliseconds. */
  readonly waiting: ReadonlyMap<string, number>
  /** Lanes in which something was begun or is selected. */
  readonly touched: readonly string[]
}

/** Looks at one model: reads what is new of it, judges it by every rule, and begins what is to be started. */
export class Look {
  readonly #options: LookOptions
  readonly #rules: readonly TriggerRule[]
  readonly #digest: string

  constructor(options: LookOptions) {
    this.#options = options
    this.#rules = [...options.rules.values()]
    this.#digest = digest(JSON.stringify(this.#rules)).slice(0, 24)
  }

  /** Whether a model must be looked at, from what a list of models and the ledger say of it. */
  isDue(
    latestVersion: string | undefined,
    record:
      | { readonly latestVersion: string | undefined; readonly rules: string; readonly rereadAt: number }
      | undefined,
  ): 'new' | 'reread' | 'no' {
    if (record === undefined || record.rules !== this.#digest || record.latestVersion !== latestVersion) return 'new'
    return this.#isRereadDue(record.rereadAt) && this.#rules.some(looksAtLabels) ? 'reread' : 'no'
  }

  /** Whether any rule is about a model. */
  isWatched(registry: Registry, model: string): boolean {
    return this.#rules.some((rule) => rule.enabled && this.#isAbout(rule, registry, model))
  }

  async model(registry: Registry, model: string, latestVersion?: string): Promise<Looked> {
    const { ledger, time } = this.#options
    const source = registry.source.id
    const rules = this.#rules.filter((rule) => rule.enabled && this.#isAbout(rule, registry, model))
    if (rules.length === 0) return { versionsRead: 0, waiting: new Map(), touched: [] }
    const { record, etag } = await ledger.model(source, model)
    const known = record?.rules === this.#digest ? record : undefined
    const reread = known === undefined || this.#isRereadDue(known.rereadAt)
    // Before the versions, so that what was noted in a lane since then is not taken for settled.
    const lanes = await this.#lanes(source, model, rules)
    const { versions, newest } = await this.#read(registry, model, bound(lanes, reread ? undefined : known?.through))
    const served = new Map<string, ReturnType<Registry['served']>>()
    const waiting = new Map<string, number>()
    const touched: string[] = []
    let left: Age | undefined
    for (const { rule, destination, stored } of lanes) {
      const selected: RegisteredVersion[] = []
      for (const version of versions) if (await this.#selects(rule, registry, version, served)) selected.push(version)
      if (selected.length > 0) touched.push(stored.name)
      const first = await this.#begin({ rule, destination, selected, waiting, before: stored })
      left = earliest([left ?? first, first ?? left])
    }
    const { through, latest } = judgedUntil({
      versions,
      newest,
      left,
      latestVersion,
      before: reread ? undefined : known?.through,
    })
    const rereadAt = reread ? time.now() : known.rereadAt
    const isSame = known && known.latestVersion === latest && known.through?.version === through?.version
    if (reread || !isSame)
      await ledger.writeModel({ source, model, latestVersion: latest, through, rules: this.#digest, rereadAt }, etag)
    return { versionsRead: versions.length, waiting, touched }
  }

  #isAbout(rule: TriggerRule, registry: Registry, model: string): boolean {
    return nameTest(rule)(model) && (rule.sources.length === 0 || rule.sources.includes(registry.source.name))
  }

  async #lanes(source: string, model: string, rules: readonly TriggerRule[]) {
    const pairs = rules.flatMap((rule) => rule.destinations.map((destination) => ({ rule, destination })))
    return Promise.all(
      pairs.map(async ({ rule, destination }) => ({
        ...{ rule, destination },
        stored: await this.#options.ledger.lane({ source, model, rule: rule.name, destination }),
      })),
    )
  }

  /** Versions after a bound, the oldest first, and the newest there is. */
  async #read(registry: Registry, model: string, after: Age | undefined) {
    const versions: RegisteredVersion[] = []
    let newest: RegisteredVersion | undefined
    for await (const version of registry.versions(model)) {
      newest ??= version
      if (after && compareAge(version, after) <= 0) break
      versions.push(version)
    }
    return { versions: versions.sort(compareAge), newest }
  }

  async #selects(
    rule: TriggerRule,
    registry: Registry,
    version: RegisteredVersion,
    cache: Map<string, ReturnType<Registry['served']>>,
  ): Promise<boolean> {
    const service = looksAtService(rule) ? rule.service : undefined
    const asked = service === undefined ? undefined : (cache.get(service) ?? registry.served(service))
    if (service !== undefined && asked) cache.set(service, asked)
    return judge({ rule, source: registry.source, version, served: await asked }).selected
  }

  /** Begins the next version of a lane; answers with the oldest selected one that no lane has taken up yet. */
  async #begin(options: {
    readonly rule: TriggerRule
    readonly destination: string
    readonly selected: readonly RegisteredVersion[]
    readonly waiting: Map<string, number>
    /** The lane as it was before the versions were read. */
    readonly before: StoredLane
  }): Promise<Age | undefined> {
    const { rule, destination, selected, waiting, before } = options
    const { ledger, dispatch } = this.#options
    for (;;) {
      const stored = await ledger.lane(before.lane)
      const { lane } = stored
      const open = this.#open(lane, rule, selected)
      const [first] = open
      if (!first) {
        const isStale = stored.etag !== before.etag
        if (!lane.again || isStale || (await ledger.writeLane(stored, { ...lane, again: false })) !== undefined)
          return undefined
        continue
      }
      const order = orderOf(rule, destination, lane.source, first)
      if (rule.dryRun) {
        for (const one of open) await this.#wouldStart(orderOf(rule, destination, lane.source, one))
        return undefined
      }
      const mayBegin = !lane.current || (lane.current.state === 'clear' && rule.order === 'newest')
      const wait = mayBegin ? await this.#wait(rule, first, order, stored.name) : 0
      if (mayBegin && wait === 0) {
        if (!(await dispatch.begin(stored, order, open.length > 1))) continue
        return this.#open((await ledger.lane(lane)).lane, rule, selected)[0]
      }
      if (wait > 0) waiting.set(stored.name, wait)
      if (lane.again || (await ledger.writeLane(stored, { ...lane, again: true })) !== undefined) return first
    }
  }

  #open(lane: Lane, rule: TriggerRule, selected: readonly RegisteredVersion[]): readonly RegisteredVersion[] {
    const current = lane.current?.order.model.version
    return startable(lane, rule.order, selected).filter(({ version }) => version !== current)
  }

  /** Milliseconds for which a version must wait; 0 when it may be started now. */
  async #wait(rule: TriggerRule, version: RegisteredVersion, order: Order, lane: string): Promise<number> {
    const now = this.#options.time.now()
    const ripe = rule.debounceSeconds > 0 ? Date.parse(version.registeredAt) + rule.debounceSeconds * 1000 - now : 0
    const wait = Math.max(ripe, quietUntil(rule.quietHours, now), 0)
    if (wait > 0 || rule.concurrency === undefined || rule.service === undefined) return wait
    const { source, slots } = { source: order.workspaceId, slots: this.#options.slots }
    const place = { source, service: rule.service, most: rule.concurrency }
    return (await slots.take(place, { lane, key: order.idempotencyKey })) ? 0 : pacing.confirmEvery
  }

  /** Told once for each version, however often it is looked at. */
  async #wouldStart(order: Order): Promise<void> {
    const { ledger, time, worker, log } = this.#options
    const name = digest('dry run', order.idempotencyKey).slice(0, 40)
    const value = order.model.version
    if ((await ledger.store.write({ collection: 'dryruns', name, value, etag: undefined })) === undefined) return
    log.info(`Would start ${order.model.name}:${value} at ${order.destination} (rule ${order.rule}, dry run).`)
    await ledger.note({
      ...{ at: new Date(time.now()).toISOString(), kind: 'would-start', worker, source: order.workspaceId },
      ...{ model: order.model.name, version: value, rule: order.rule, destination: order.destination },
    })
  }

  #isRereadDue(rereadAt: number): boolean {
    const age = this.#options.time.now() - rereadAt
    return age >= this.#options.rereadSeconds * 1000 || age <= -this.#options.rereadSeconds * 1000
  }
}

export function orderOf(rule: TriggerRule, destination: string, source: string, version: RegisteredVersion): Order {
  const { model, id, tags, properties, registeredAt } = version
  const key = digest(source.toLowerCase(), model, version.version, rule.name, destination).slice(0, 40)
  return {
    ...{ idempotencyKey: key, rule: rule.name, destination, workspaceId: source, registeredAt },
    model: { name: model, version: version.version, id, tags, properties },
  }
}

function justBefore(since: string): string {
  return new Date(Date.parse(since) - 1).toISOString()
}

function latest(ages: readonly (Age | undefined)[]): Age | undefined {
  return ages.reduce((best, one) => (one && (!best || compareAge(one, best) > 0) ? one : best), undefined)
}

function earliest(ages: readonly (Age | undefined)[]): Age | undefined {
  return ages.reduce((best, one) => (one && (!best || compareAge(one, best) < 0) ? one : best))
}

/** No lane needs versions up to this age; undefined when all are needed. */
function bound(
  lanes: readonly { readonly rule: TriggerRule; readonly stored: StoredLane }[],
  through: Age | undefined,
): Age | undefined {
  const bounds = lanes.map(({ rule, stored }) => {
    const own = rule.order === 'newest' ? stored.lane.newest : undefined
    const since = rule.since === undefined ? undefined : { version: '', registeredAt: justBefore(rule.since) }
    return latest([own, since, through])
  })
  return bounds.some((one) => one === undefined) ? undefined : earliest(bounds)
}

/**
 * Up to where all is judged and taken up. The newest version of the list of models is noted only when nothing is left,
 * and only when the versions that were read show it: a sweep passes over a model of which it finds that noted.
 */
function judgedUntil(options: {
  readonly versions: readonly RegisteredVersion[]
  readonly newest: RegisteredVersion | undefined
  readonly left: Age | undefined
  readonly latestVersion: string | undefined
  readonly before: Age | undefined
}): { readonly through: Age | undefined; readonly latest: string | undefined } {
  const { versions, newest, left, latestVersion, before } = options
  if (left) {
    const judged = versions.filter((one) => compareAge(one, left) < 0).at(-1)
    return { through: judged ? plainAge(judged) : before, latest: undefined }
  }
  const end = versions.at(-1) ?? newest
  const shown =
    latestVersion === undefined ||
    latestVersion === newest?.version ||
    versions.some(({ version }) => version === latestVersion)
  return { through: end ? plainAge(end) : before, latest: shown ? (latestVersion ?? newest?.version) : undefined }
}

function plainAge({ version, registeredAt }: Age): Age {
  return { version, registeredAt }
}
