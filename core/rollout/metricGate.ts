/** What a version's metrics must be like to go on. */
export interface MetricGate {
  readonly min: ReadonlyMap<string, number>
  readonly max: ReadonlyMap<string, number>
  /** What the version that serves must be beaten in, and which way is better. */
  readonly better: ReadonlyMap<string, Direction>
}

export type Direction = 'higher' | 'lower'
export const directions: readonly Direction[] = ['higher', 'lower']

/** The metrics of one version by name; `label` is for people: `diabetes:3`. */
export interface Measured {
  readonly label: string
  readonly metrics: ReadonlyMap<string, number>
}

export interface Verdict {
  /** Why the version may not go on; none when it may. */
  readonly faults: readonly string[]
  /** What could not be compared, because the version that serves was never measured so. */
  readonly warnings: readonly string[]
}

/**
 * Holds a version to its gate. A limit is met by reaching it; better is strictly better, each metric in its own
 * direction. A metric that the version does not have fails: silence is no result. With nothing that serves, there is
 * nothing to beat.
 */
export function judgeMetrics(gate: MetricGate, candidate: Measured, served: Measured | undefined): Verdict {
  const faults: string[] = []
  const warnings: string[] = []
  const value = (metric: string): number | undefined => {
    const found = candidate.metrics.get(metric)
    if (found === undefined) faults.push(`${candidate.label} has no metric "${metric}"`)
    return found
  }
  for (const [metric, least] of gate.min) {
    const measured = value(metric)
    if (measured !== undefined && measured < least)
      faults.push(`${metric} of ${candidate.label} is ${measured}, less than ${least}`)
  }
  for (const [metric, most] of gate.max) {
    const measured = value(metric)
    if (measured !== undefined && measured > most)
      faults.push(`${metric} of ${candidate.label} is ${measured}, more than ${most}`)
  }
  for (const [metric, direction] of gate.better) {
    const measured = value(metric)
    if (measured === undefined || !served) continue
    const toBeat = served.metrics.get(metric)
    if (toBeat === undefined)
      warnings.push(`${served.label}, which serves, has no metric "${metric}" to be compared with.`)
    else if (direction === 'higher' ? measured <= toBeat : measured >= toBeat)
      faults.push(
        `${metric} of ${candidate.label} is ${measured}, not ${direction} than the ${toBeat} of ${served.label}, which serves`,
      )
  }
  return { faults: [...new Set(faults)], warnings }
}
