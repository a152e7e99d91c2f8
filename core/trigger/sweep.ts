import type { Log } from '../host.ts'
import { type Ledger, modelName } from './ledger.ts'
import type { Look } from './look.ts'
import type { Registry } from './registry.ts'

/** What a sweep of one registry did. */
export interface Swept {
  readonly source: string
  readonly models: number
  /** Models of which the list showed a version that the ledger did not know, or that were never judged by these rules. */
  readonly fresh: number
  /** Models whose older versions were read again, because their tags may have changed. */
  readonly reread: number
  readonly failed: number
  readonly versions: number
  /** Sent to the registry meanwhile. */
  readonly requests: number
}

/**
 * Looks at every model of a registry in which something may have changed. Lists of models carry the newest version, so
 * that a model in which nothing is new costs no request of its own. How far each model was judged is in the ledger: a
 * sweep that was interrupted passes over what it has done when it is begun again.
 */
export async function sweepRegistry(options: {
  readonly registry: Registry
  readonly ledger: Ledger
  readonly look: Look
  readonly log: Log
  /** Answers how many versions were read. */
  readonly lookAt: (model: string, latestVersion: string | undefined) => Promise<number>
}): Promise<Swept> {
  const { registry, ledger, look, log, lookAt } = options
  const source = registry.source.id
  const known = await knownModels(ledger, source)
  const before = registry.requests
  const count = { models: 0, fresh: 0, reread: 0, failed: 0, versions: 0 }
  for await (const { name, latestVersion } of registry.models()) {
    count.models += 1
    const due = look.isDue(latestVersion, known.get(modelName(source, name)))
    if (due === 'no' || !look.isWatched(registry, name)) continue
    count[due === 'new' ? 'fresh' : 'reread'] += 1
    try {
      count.versions += await lookAt(name, latestVersion)
    } catch (error) {
      // One model that cannot be read does not keep the others from being looked at; it is due again next time.
      count.failed += 1
      log.error(`The model ${name} could not be looked at: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { source, ...count, requests: registry.requests - before }
}

type Known = NonNullable<Parameters<Look['isDue']>[1]>

/** A line of memory for each model. */
async function knownModels(ledger: Ledger, source: string): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>()
  for await (const { source: of, model, latestVersion, rules, rereadAt } of ledger.models())
    if (of.toLowerCase() === source.toLowerCase()) known.set(modelName(of, model), { latestVersion, rules, rereadAt })
  return known
}
