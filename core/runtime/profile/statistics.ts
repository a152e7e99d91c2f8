/** One request of a load, and how it went. */
export interface Sample {
  readonly milliseconds: number
  readonly succeeded: boolean
}

/** What a load came to, in the words of a profile of v1. */
export interface LoadFigures {
  readonly totalQueries: number
  readonly successQueries: number
  /** Percent. */
  readonly successRate: number
  readonly averageLatencyInMs: number
  readonly latencyPercentile50InMs: number
  readonly latencyPercentile90InMs: number
  readonly latencyPercentile95InMs: number
  readonly latencyPercentile99InMs: number
  readonly latencyPercentile999InMs: number
  /** Successful ones. */
  readonly measuredQueriesPerSecond: number
}

export function loadFigures(samples: readonly Sample[], seconds: number): LoadFigures {
  const sorted = samples.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const successQueries = samples.filter(({ succeeded }) => succeeded).length
  const total = samples.length
  return {
    totalQueries: total,
    successQueries,
    successRate: total === 0 ? 0 : (successQueries / total) * 100,
    averageLatencyInMs: total === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / total,
    latencyPercentile50InMs: percentile(sorted, 50),
    latencyPercentile90InMs: percentile(sorted, 90),
    latencyPercentile95InMs: percentile(sorted, 95),
    latencyPercentile99InMs: percentile(sorted, 99),
    latencyPercentile999InMs: percentile(sorted, 99.9),
    measuredQueriesPerSecond: seconds > 0 ? successQueries / seconds : 0,
  }
}

/** The smallest value that at least so many percent are not above; 0 of nothing. */
export function percentile(sorted: readonly number[], percent: number): number {
  // A little less, because 99.9 % of 1000 is a hair above 999 in binary.
  const rank = Math.max(Math.ceil((percent * sorted.length) / 100 - 1e-9), 1)
  return sorted[rank - 1] ?? 0
}
