import type { TriggerRule } from '../config/triggerFile.ts'
import type { Lane } from './lane.ts'
import type { Ledger } from './ledger.ts'
import type { Registry } from './registry.ts'

/** A service that serves something else than what a rule started last for it. */
export interface Drift {
  /** The name of the workspace. */
  readonly source: string
  /** Its ARM id. */
  readonly sourceId: string
  readonly service: string
  readonly rule: string
  readonly destination: string
  readonly model: string
  readonly expected: string
  /** `model:version`, or undefined when it serves nothing. */
  readonly served: string | undefined
  /** The service has tried the expected version and taken it back: starting it again would end the same way. */
  readonly refused: boolean
}

/**
 * Compares what services serve with what rules of the order `newest` started last for them. A run that is not known to
 * have ended may still be on its way, and a service with such a run is left out. Of several models that rules deploy to
 * one service, the one that was started last is expected.
 */
export async function findDrift(options: {
  readonly ledger: Ledger
  readonly rules: ReadonlyMap<string, TriggerRule>
  readonly registries: readonly Registry[]
}): Promise<readonly Drift[]> {
  const { ledger, rules, registries } = options
  const last = new Map<string, { readonly lane: Lane; readonly service: string; readonly at: number }>()
  for await (const { lane } of ledger.lanes()) {
    const rule = rules.get(lane.rule)
    if (!rule?.service || rule.order !== 'newest' || !lane.newest) continue
    const key = `${lane.source.toLowerCase()} ${rule.service}`
    const at = Date.parse(lane.newest.registeredAt)
    if (at >= (last.get(key)?.at ?? Number.NEGATIVE_INFINITY)) last.set(key, { lane, service: rule.service, at })
  }
  const found: Drift[] = []
  for (const { lane, service } of last.values()) {
    const { newest, model, rule, destination, current, running } = lane
    const registry = registries.find(({ source }) => source.id.toLowerCase() === lane.source.toLowerCase())
    // A registry's models are deployed to workspaces that are not known from it.
    if (!newest || !registry || registry.source.kind === 'registry' || current || running.length > 0) continue
    const served = await registry.served(service)
    if (served?.model === model && served.version === newest.version) continue
    const refused = (await registry.refused(service)) === `${model}:${newest.version}`
    found.push({
      ...{ source: registry.source.name, sourceId: registry.source.id, service, rule, destination, model },
      ...{ expected: newest.version, refused },
      served: served && `${served.model}:${served.version}`,
    })
  }
  return found
}
