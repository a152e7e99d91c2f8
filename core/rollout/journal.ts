/** Percentages by deployment name. */
export type Traffic = Readonly<Record<string, number>>

/**
 * What a rollout intends, kept in the endpoint's tags and written in the same PUT as the traffic: a run that finds it
 * can finish or take back what another run began, without anything from that run's machine.
 */
export interface Journal {
  readonly rolloutId: string
  /** The deployment that is being brought in. Its name comes from its content, so equal names are equal intents. */
  readonly candidate: string
  /** Traffic before the rollout: what is restored when the candidate is refused. */
  readonly previous: Traffic
  readonly phase: 'rolling' | 'restoring'
  readonly owner: string
  /**
   * Until then nobody with another intent touches the endpoint; milliseconds since 1970. A plan counts it from the
   * moment of planning; what is written counts from the moment of writing.
   */
  readonly leaseExpiresAt: number
  /** Why it is being taken back. */
  readonly reason?: string | undefined
}

type Tags = Readonly<Record<string, string>>

const prefix = 'azureml-cd.'
const names = ['rollout', 'candidate', 'previous', 'phase', 'lease', 'reason'] as const

/** On a deployment: the rollout that made it. */
export const rolloutTag = `${prefix}rollout`
/** On an endpoint: the deployment that was brought into service last. */
export const promotedTag = `${prefix}promoted`
/** On an endpoint: the model that was last refused there, so that a sweep does not try it again. */
export const refusedTag = `${prefix}refused`

// Azure's limit for a tag's value.
const longestTag = 256

/** The tags with the journal in them, or without any when there is none; all other tags stay. */
export function withJournal(tags: Tags, journal: Journal | undefined): Tags {
  const others = Object.fromEntries(
    Object.entries(tags).filter(([name]) => !names.some((own) => name === prefix + own)),
  )
  if (!journal) return others
  const previous = Object.entries(journal.previous).map(([name, percentage]) => `${name}=${percentage}`)
  return {
    ...others,
    [`${prefix}rollout`]: journal.rolloutId,
    [`${prefix}candidate`]: journal.candidate,
    [`${prefix}previous`]: previous.join(' ') || 'none',
    [`${prefix}phase`]: journal.phase,
    [`${prefix}lease`]: `${journal.owner} ${new Date(journal.leaseExpiresAt).toISOString()}`,
    ...(journal.reason ? { [`${prefix}reason`]: tagText(journal.reason) } : {}),
  }
}

/** The journal in an endpoint's tags; undefined when there is none, or when it is not one this version wrote. */
export function journalIn(tags: Tags): Journal | undefined {
  const read = (name: (typeof names)[number]) => tags[prefix + name]
  const [rolloutId, candidate, phase] = [read('rollout'), read('candidate'), read('phase')]
  const [owner, expires = ''] = read('lease')?.split(' ') ?? []
  const leaseExpiresAt = Date.parse(expires)
  const previous = trafficIn(read('previous'))
  if (!rolloutId || !candidate || !owner || !previous || Number.isNaN(leaseExpiresAt)) return undefined
  if (phase !== 'rolling' && phase !== 'restoring') return undefined
  return { rolloutId, candidate, previous, phase, owner, leaseExpiresAt, reason: read('reason') }
}

/** A text cut to what a tag's value may hold. */
export function tagText(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim()
  return plain.length <= longestTag ? plain : `${plain.slice(0, longestTag - 1)}…`
}

function trafficIn(text: string | undefined): Traffic | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return {}
  const entries = text.split(' ').map((part) => /^([^=]+)=(\d{1,3})$/.exec(part))
  const traffic: Record<string, number> = {}
  for (const entry of entries) {
    const [, name, percentage] = entry ?? []
    if (name === undefined) return undefined
    traffic[name] = Number(percentage)
  }
  return traffic
}
