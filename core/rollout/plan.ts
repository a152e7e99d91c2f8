import type { Journal, Traffic } from './journal.ts'

/** A deployment as far as planning needs it. */
export interface LiveDeployment {
  readonly name: string
  /** True when it is exactly what is wanted, whatever its name. */
  readonly wanted: boolean
  readonly ready: boolean
  /** On its way out: it takes no traffic any more. */
  readonly deleting?: boolean | undefined
  /** The rollout that made it; undefined for deployments made by hand. */
  readonly rolloutId?: string | undefined
}

export interface Live {
  readonly traffic: Traffic
  readonly deployments: readonly LiveDeployment[]
  readonly journal?: Journal | undefined
  /** The deployment that was brought into service last. */
  readonly promoted?: string | undefined
}

export interface Policy {
  /** How long the candidate serves before what served before is deleted. */
  readonly bakeSeconds: number
  /** How long the candidate may take to become ready. */
  readonly timeoutSeconds: number
  /** Take over another run's rollout although its lease has not expired. */
  readonly takeOver: boolean
}

/** What applying can do to the world. */
export type Step =
  /** One write of the endpoint: traffic and journal together. Without a journal the rollout is over. */
  | {
      readonly kind: 'write'
      readonly traffic: Traffic
      readonly journal?: Journal | undefined
      readonly promoted?: string
    }
  /** Creates the candidate beside what serves, and waits until it is ready. */
  | { readonly kind: 'create'; readonly deployment: string }
  /** Sends the test requests to the candidate alone. */
  | { readonly kind: 'probe'; readonly deployment: string }
  /** Keeps probing the candidate while it serves. */
  | { readonly kind: 'bake'; readonly deployment: string; readonly seconds: number }
  | { readonly kind: 'delete'; readonly deployment: string }

export type Plan =
  /** The wanted deployment serves alone; leftovers of dead rollouts may still have to go. */
  | { readonly kind: 'unchanged'; readonly deployment: string; readonly steps: readonly Step[] }
  | { readonly kind: 'roll'; readonly journal: Journal; readonly resumes: boolean; readonly steps: readonly Step[] }
  /** A rollout that is to be taken back: refused, or begun by a run that died and that nobody wants any more. */
  | { readonly kind: 'restore'; readonly journal: Journal; readonly steps: readonly Step[] }
  /** Another run with another intent is at work. */
  | { readonly kind: 'wait'; readonly journal: Journal }

/** Time a run may take beyond its own waits, to write and to delete, before others may think it dead. */
const graceSeconds = 300

/** When the lease of a run ends that will wait so long; milliseconds since 1970. */
export function leaseFrom(now: number, seconds: number): number {
  return now + (seconds + graceSeconds) * 1000
}

/**
 * What to do to bring `candidate` into service, from the live state alone: the same function plans a first run, the
 * re-run of one that was killed at any point, and the clean-up of one that nobody will finish. Pure.
 */
export function assembleRolloutPlan(options: {
  readonly live: Live
  readonly candidate: string
  readonly owner: string
  readonly rolloutId: string
  readonly policy: Policy
  /** Milliseconds since 1970. */
  readonly now: number
}): Plan {
  const { live, candidate, owner, policy, now } = options
  const { journal, traffic, deployments } = live
  const lease = (seconds: number) => leaseFrom(now, seconds)

  if (journal && journal.candidate !== candidate) {
    if (journal.leaseExpiresAt > now && !policy.takeOver) return { kind: 'wait', journal }
    return planRestore({ live, journal: { ...journal, owner, leaseExpiresAt: lease(0) } })
  }
  if (journal?.phase === 'restoring')
    return planRestore({ live, journal: { ...journal, owner, leaseExpiresAt: lease(0) } })

  const served = deployments.find(({ name, wanted, ready }) => wanted && ready && traffic[name] === 100)
  if (!journal && served)
    return { kind: 'unchanged', deployment: served.name, steps: leftovers(live, [served.name]).map(deletion) }

  const rolloutId = journal?.rolloutId ?? options.rolloutId
  const previous = journal?.previous ?? withoutZeros(traffic)
  const claimed: Journal = {
    ...{ rolloutId, candidate, previous, phase: 'rolling', owner },
    leaseExpiresAt: lease(policy.timeoutSeconds),
  }
  const baking: Journal = { ...claimed, leaseExpiresAt: lease(policy.bakeSeconds) }
  const old = Object.keys(previous).filter((name) => name !== candidate && deployments.some((one) => one.name === name))
  const steps: Step[] = []
  if (traffic[candidate] === 100) steps.push({ kind: 'write', traffic: { [candidate]: 100 }, journal: baking })
  else
    steps.push(
      { kind: 'write', traffic, journal: claimed },
      { kind: 'create', deployment: candidate },
      { kind: 'probe', deployment: candidate },
      { kind: 'write', traffic: { [candidate]: 100 }, journal: baking },
    )
  // Once the old ones are gone there is nothing left to go back to, and no reason to bake again.
  if (old.length > 0 || traffic[candidate] !== 100)
    steps.push({ kind: 'bake', deployment: candidate, seconds: policy.bakeSeconds })
  steps.push(...[...old, ...leftovers(live, [candidate, ...old])].map(deletion))
  steps.push({ kind: 'write', traffic: { [candidate]: 100 }, promoted: candidate })
  return { kind: 'roll', journal: claimed, resumes: journal !== undefined, steps }
}

/** How to go back to what served before `journal`'s rollout: traffic in one write, then the candidate is deleted. Pure. */
export function planRestore({
  live,
  journal,
}: {
  readonly live: Live
  readonly journal: Journal
}): Plan & { kind: 'restore' } {
  const { traffic, deployments } = live
  const restoring: Journal = { ...journal, phase: 'restoring' }
  const previous = servable(journal.previous, deployments)
  // Nothing that served before is left, but the candidate serves: it is kept, because zero serving is worse.
  const keep =
    Object.keys(previous).length === 0 &&
    Object.keys(journal.previous).length > 0 &&
    (traffic[journal.candidate] ?? 0) > 0
  const restored = keep ? traffic : previous
  const gone = keep || !deployments.some(({ name }) => name === journal.candidate) ? [] : [journal.candidate]
  const keepers = [journal.candidate, ...Object.keys(restored)]
  return {
    kind: 'restore',
    journal: restoring,
    steps: [
      { kind: 'write', traffic: restored, journal: restoring },
      ...[...gone, ...leftovers(live, keepers)].map(deletion),
      { kind: 'write', traffic: restored },
    ],
  }
}

/**
 * Candidates that a run left behind when it was killed just as another took over. What was made by hand, or served
 * once and was set aside by hand, is nobody's leftover.
 */
function leftovers({ traffic, deployments, promoted }: Live, keep: readonly string[]): string[] {
  const kept = new Set([...keep, promoted])
  return deployments
    .filter(({ name, rolloutId }) => rolloutId !== undefined && !kept.has(name) && (traffic[name] ?? 0) === 0)
    .map(({ name }) => name)
}

function deletion(deployment: string): Step {
  return { kind: 'delete', deployment }
}

function withoutZeros(traffic: Traffic): Traffic {
  return Object.fromEntries(Object.entries(traffic).filter(([, percentage]) => percentage > 0))
}

/** The part of a traffic split whose deployments are still there, brought back to 100. */
function servable(previous: Traffic, deployments: readonly LiveDeployment[]): Traffic {
  const there = Object.entries(withoutZeros(previous)).filter(([wanted]) =>
    deployments.some(({ name, deleting }) => name === wanted && !deleting),
  )
  const [largest] = [...there].sort(([, a], [, b]) => b - a)
  if (!largest) return {}
  const missing = 100 - there.reduce((sum, [, percentage]) => sum + percentage, 0)
  return Object.fromEntries(
    there.map(([name, percentage]) => [name, name === largest[0] ? percentage + missing : percentage]),
  )
}
