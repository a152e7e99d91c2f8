import { InputError } from '../errors.ts'
import type { Traffic } from '../rollout/journal.ts'

/** On an endpoint with versions: the one that gets whatever no other version was given, as in v1. */
export const defaultVersionTag = 'azureml-cd.default-version'

/**
 * How the requests to an endpoint with versions are split once one of them is given its share: every other version
 * keeps its own, and the default one gets the rest. Pure.
 */
export function versionTraffic(options: {
  readonly traffic: Traffic
  readonly version: string
  readonly trafficPercentile: number
  readonly defaultVersion: string
  /** The one that had the rest until now: what it has is nobody's wish and goes to the new default. */
  readonly formerDefault: string | undefined
}): Traffic {
  const { traffic, version, trafficPercentile, defaultVersion, formerDefault } = options
  const free = new Set([version, defaultVersion, formerDefault])
  const fixed = Object.fromEntries(Object.entries(traffic).filter(([name, share]) => share > 0 && !free.has(name)))
  const taken = Object.values(fixed).reduce((sum, share) => sum + share, 0)
  const own = version === defaultVersion ? 0 : trafficPercentile
  const rest = 100 - taken - own
  if (rest < 0 || (version === defaultVersion && rest < trafficPercentile))
    throw new InputError(
      `The version "${version}" cannot have ${trafficPercentile} %: ${Object.entries(fixed)
        .map(([name, share]) => `${name} has ${share} %`)
        .join(', ')}, so ${Math.max(100 - taken, 0)} % are left.`,
    )
  const split = { ...fixed, ...(own > 0 ? { [version]: own } : {}), ...(rest > 0 ? { [defaultVersion]: rest } : {}) }
  return Object.fromEntries(Object.entries(split).sort(([a], [b]) => (a < b ? -1 : 1)))
}
