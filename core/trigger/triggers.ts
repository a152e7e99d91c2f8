import type { TokenCredential } from '@azure/core-auth'
import { systemClock } from '../azure/clock.ts'
import type { SecretReference } from '../config/secretReference.ts'
import type { TriggerFile, TriggerRule } from '../config/triggerFile.ts'
import { InputError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { Workspace } from '../workspace/workspace.ts'
import { Controller, type Intervals } from './controller.ts'
import type { Destination } from './destination.ts'
import { createDestinations, type Destinations } from './destinations/createDestinations.ts'
import type { ProxyFor } from './destinations/proxySettings.ts'
import { findDrift } from './drift.ts'
import type { Lane } from './lane.ts'
import { type HistoryEntry, Ledger, laneName } from './ledger.ts'
import { orderOf } from './look.ts'
import type { Time } from './pacing.ts'
import { pruneHistory, redeliver } from './redeliver.ts'
import type { Registry } from './registry.ts'
import { judge, looksAtService, type Verdict } from './rules.ts'
import type { Store } from './store.ts'
import type { Swept } from './sweep.ts'
import { type TendedDrift, tendDrift } from './tendDrift.ts'
import { hasVersion } from './versionOrder.ts'
import type { WakeUps } from './wakeUps.ts'
import { WorkspaceRegistry } from './workspaceRegistry.ts'

export interface TriggersOptions {
  readonly file: TriggerFile
  readonly host: Pick<Host, 'credential' | 'log' | 'signal' | 'secret' | 'progress'>
  readonly store: Store
  readonly wakeUps: WakeUps
  readonly readSecret: (reference: SecretReference) => Promise<string>
  readonly credential: () => Promise<TokenCredential>
  /** Through which proxies destinations are told. */
  readonly proxyFor?: ProxyFor | undefined
  /** New for each start of the process. */
  readonly worker: string
  /** Puts something around the destinations, such as figures. */
  readonly measured?: ((destinations: ReadonlyMap<string, Destination>) => ReadonlyMap<string, Destination>) | undefined
}

/** What one rule says of one version, and what the ledger knows of it. */
export interface Explained extends Verdict {
  readonly rule: string
  readonly destinations: readonly { readonly name: string; readonly state: string }[]
}

export const systemTime: Time = { ...systemClock, elapsed: () => performance.now() }

/** All that triggers.yml and the ledger are together: the controller, and what people ask of it. */
export class Triggers {
  readonly controller: Controller
  readonly ledger: Ledger
  readonly #options: TriggersOptions
  readonly #registries: readonly Registry[]
  readonly #rules: ReadonlyMap<string, TriggerRule>
  readonly #destinations: Destinations

  constructor(options: TriggersOptions) {
    const { file, host, store, wakeUps, readSecret, credential, worker, measured = (same) => same } = options
    this.#options = options
    this.ledger = new Ledger(store)
    this.#rules = new Map(file.rules.map((rule) => [rule.name, rule]))
    this.#registries = file.sources.map(
      (source) =>
        new WorkspaceRegistry(
          source,
          new Workspace(
            {
              ...{ subscriptionId: source.subscriptionId, resourceGroup: source.resourceGroup },
              ...{ workspace: source.resource, isRegistry: source.kind === 'registry' },
              ...{ cloud: source.cloud ?? 'public', apiVersion: source.apiVersion },
            },
            host,
          ),
        ),
    )
    this.#destinations = createDestinations({
      ...{ configs: file.destinations, readSecret, credential, proxyFor: options.proxyFor },
    })
    this.controller = new Controller({
      ...{ ledger: this.ledger, registries: this.#registries, destinations: measured(this.#destinations.byName) },
      ...{ rules: this.#rules, wakeUps, time: systemTime, log: host.log, signal: host.signal, worker },
      ...{ rereadSeconds: file.rereadSeconds, tagVersions: file.tagVersions },
    })
  }

  close(): Promise<void> {
    return this.#destinations.close()
  }

  run(intervals?: Intervals): Promise<void> {
    return this.controller.run(intervals)
  }

  /**
   * Sweeps every workspace and registry once and goes on with what is under way, until nothing is or the time is over.
   * `left` is how many lanes still have something under way.
   */
  async sweep(waitSeconds: number): Promise<{ readonly swept: readonly Swept[]; readonly left: number }> {
    while ((await this.controller.handleWakeUps()) > 0);
    const swept = await this.controller.sweep()
    return { swept, left: await this.goOn(waitSeconds) }
  }

  /** Goes on with what is to be started until nothing is or the time is over; answers how many lanes are left. */
  async goOn(waitSeconds: number): Promise<number> {
    const { signal } = this.#options.host
    const end = systemTime.elapsed() + waitSeconds * 1000
    let left = await this.controller.goOn()
    while (left > 0) {
      const wait = this.controller.nextDue ?? 0
      if (systemTime.elapsed() + wait > end) break
      await systemTime.pause(Math.max(wait, 50), signal)
      left = await this.controller.goOn()
    }
    return left
  }

  /** What would be started for a version by each rule, and why. Asks the registry, changes nothing. */
  async explain(sourceName: string | undefined, model: string, version: string): Promise<readonly Explained[]> {
    const registry = this.#registryNamed(sourceName)
    const found = await registry.version(model, version)
    if (!found)
      throw new InputError(`There is no version ${version} of the model "${model}" in ${registry.source.name}.`)
    const explained: Explained[] = []
    for (const rule of this.#rules.values()) {
      const service = looksAtService(rule) ? rule.service : undefined
      const served = service === undefined ? undefined : await registry.served(service)
      const verdict = judge({ rule, source: registry.source, version: found, served })
      const destinations = []
      for (const name of rule.destinations) {
        const of = { source: registry.source.id, model, rule: rule.name, destination: name }
        const { lane } = await this.ledger.lane(of)
        const key = orderOf(rule, name, registry.source.id, found).idempotencyKey
        destinations.push({ name, state: verdict.selected ? laneState(rule, lane, found, key) : 'not selected' })
      }
      explained.push({ ...verdict, rule: rule.name, destinations })
    }
    return explained
  }

  async *lanes(): AsyncGenerator<Lane, void> {
    for await (const { lane } of this.ledger.lanes()) yield lane
  }

  history(): AsyncGenerator<HistoryEntry, void> {
    return this.ledger.history()
  }

  /** Finds services that serve something else than they should, tells of them, and heals them when that is asked for. */
  async tendDrift(heal: boolean): Promise<readonly TendedDrift[]> {
    const { host, worker } = this.#options
    const found = await findDrift({ ledger: this.ledger, rules: this.#rules, registries: this.#registries })
    return await tendDrift({
      ...{ found, heal, ledger: this.ledger, log: host.log, worker, now: systemTime.now() },
      startAgain: async ({ source, model, expected: version, rule, destination }) => {
        await this.redeliver({ source, model, version, rule, destination, force: true })
      },
    })
  }

  /** Starts what was started before, or given up, once more; an UserError when it cannot be. */
  async redeliver(options: {
    readonly source: string | undefined
    readonly model: string
    readonly version: string
    readonly rule: string
    readonly destination: string | undefined
    /** Also a version that is older than one that was started. */
    readonly force: boolean
  }): Promise<readonly string[]> {
    const { source, model, version, force } = options
    const rule = this.#rules.get(options.rule)
    if (!rule) throw new InputError(`There is no rule "${options.rule}" in ${this.#options.file.file}.`)
    const { destination } = options
    if (destination !== undefined && !rule.destinations.includes(destination))
      throw new InputError(`The rule "${rule.name}" has no destination "${destination}".`)
    const registry = this.#registryNamed(source)
    const found = await registry.version(model, version)
    if (!found)
      throw new InputError(`There is no version ${version} of the model "${model}" in ${registry.source.name}.`)
    const names = destination === undefined ? rule.destinations : [destination]
    const of = (name: string) => ({ source: registry.source.id, model, rule: rule.name, destination: name })
    for (const name of names)
      await redeliver({
        ...{ ledger: this.ledger, rule, of: of(name), force, worker: this.#options.worker, now: systemTime.now() },
        order: orderOf(rule, name, registry.source.id, found),
      })
    const lanes = names.map((name) => laneName(of(name)))
    this.controller.attend(lanes)
    return lanes
  }

  prune(olderThanDays: number): Promise<number> {
    return pruneHistory(this.ledger, systemTime.now() - olderThanDays * 86_400_000)
  }

  #registryNamed(name: string | undefined): Registry {
    const [only, ...more] = this.#registries
    const known = this.#registries.map(({ source }) => source.name).join(', ')
    if (name === undefined) {
      if (only && more.length === 0) return only
      throw new InputError(`Say which workspace or registry is meant: ${known}.`)
    }
    const found = this.#registries.find(({ source }) => source.name === name)
    if (!found) throw new UserError(`There is no workspace or registry "${name}" in triggers.yml; known are ${known}.`)
    return found
  }
}

function laneState(
  rule: TriggerRule,
  lane: Lane,
  version: { readonly version: string; readonly registeredAt: string },
  key: string,
): string {
  if (lane.current?.order.idempotencyKey === key) return `under way (${lane.current.state})`
  if (hasVersion(lane.settled, version.version)) return 'started or given up before'
  const isOlder = lane.newest !== undefined && Date.parse(lane.newest.registeredAt) > Date.parse(version.registeredAt)
  if (rule.order === 'newest' && isOlder) return `not started: version ${lane.newest?.version} is newer`
  return rule.dryRun ? 'would start, but the rule is a dry run' : 'starts'
}
