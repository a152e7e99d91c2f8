import type { Exchange } from './scoringClient.ts'

/** The requests that one deployment answered, or, without a deployment, that got no answer which names one. */
export interface RequestFigures {
  readonly deployment: string | undefined
  readonly versions: readonly string[]
  readonly sent: number
  readonly failed: number
  readonly p50Milliseconds: number
  readonly p95Milliseconds: number
  readonly slowestMilliseconds: number
}

/** Figures per deployment, in the order in which they first answered. */
export function requestFigures(exchanges: readonly Exchange[]): readonly RequestFigures[] {
  return groups(exchanges, ({ deployment }) => deployment).map(([deployment, own]) => {
    const milliseconds = own.map(({ sentAt, receivedAt }) => receivedAt - sentAt).sort((a, b) => a - b)
    return {
      deployment,
      versions: [...new Set(own.flatMap(({ version }) => version ?? []))],
      sent: own.length,
      failed: own.filter(({ failure }) => failure !== undefined).length,
      p50Milliseconds: quantile(milliseconds, 0.5),
      p95Milliseconds: quantile(milliseconds, 0.95),
      slowestMilliseconds: quantile(milliseconds, 1),
    }
  })
}

/** How often each reason to count a request as failed occurred, the most frequent first. */
export function failureReasons(exchanges: readonly Exchange[]): readonly string[] {
  const failed = exchanges.filter(({ failure }) => failure !== undefined)
  return groups(failed, ({ failure }) => failure)
    .map(([reason, own]) => ({ reason, count: own.length }))
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count }) => `${count} × ${reason}`)
}

/** Requests answered by an older version although they were sent after an answer of a newer one had arrived. */
export function steppedBack(exchanges: readonly Exchange[]): number {
  const versionOf = ({ version }: Exchange) => Number(version ?? 0)
  return exchanges.filter((later) =>
    exchanges.some(
      (earlier) =>
        later.version !== undefined && versionOf(later) < versionOf(earlier) && later.sentAt > earlier.receivedAt,
    ),
  ).length
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function groups<T, K>(values: readonly T[], keyOf: (value: T) => K): readonly (readonly [K, readonly T[]])[] {
  const found = new Map<K, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = found.get(key)
    if (group) group.push(value)
    else found.set(key, [value])
  }
  return [...found]
}
