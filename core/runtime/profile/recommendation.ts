import type { LoadFigures } from './statistics.ts'

/** A step of the grid, measured. */
export interface MeasuredStep {
  readonly cpu: number
  readonly figures: LoadFigures
}

/** What a service must reach; undefined is as good as the largest step does. */
export interface ProfileGoal {
  readonly requestsPerSecond: number | undefined
  /** For 95 of 100 requests. */
  readonly latencyMilliseconds: number | undefined
}

/** A step may fall this much short of what is asked for, because measurements swing. */
const tolerance = 0.1

/** How much less than the largest step's throughput still counts as the same, where nothing is asked for. */
const sameThroughput = 0.9

/** The smallest CPU that reaches the goal; undefined when none does. */
export function recommendedCpu(steps: readonly MeasuredStep[], goal: ProfileGoal): number | undefined {
  const best = Math.max(0, ...steps.map(({ figures }) => figures.measuredQueriesPerSecond))
  const wanted = goal.requestsPerSecond === undefined ? best * sameThroughput : goal.requestsPerSecond * (1 - tolerance)
  return steps
    .toSorted((a, b) => a.cpu - b.cpu)
    .find(
      ({ figures }) =>
        figures.totalQueries > 0 &&
        figures.successQueries === figures.totalQueries &&
        figures.measuredQueriesPerSecond >= wanted &&
        figures.latencyPercentile95InMs <= (goal.latencyMilliseconds ?? Number.POSITIVE_INFINITY),
    )?.cpu
}

/** Memory that is not used yet at the peak: the next request may be larger, and Python frees late. */
const headroom = 1.25

/** The smallest memory with room above the peak, or else the largest there is. GiB. */
export function memoryFor(peakGiB: number, grid: readonly number[]): number {
  const sorted = grid.toSorted((a, b) => a - b)
  return sorted.find((gib) => gib >= peakGiB * headroom) ?? sorted.at(-1) ?? peakGiB * headroom
}
