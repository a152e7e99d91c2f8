import { latencyQuantile, latencyStep, latencySteps } from './latencyScale.ts'

/** How far back the figures go. */
export const windowSeconds = 120
/** Figures of now are of so many whole seconds. */
const recentSeconds = 5

const failedColumn = latencySteps
const columns = latencySteps + 1

/** What one deployment has answered, second by second, the oldest first; the second under way is not among them. */
export interface DeploymentFigures {
  readonly requests: readonly number[]
  readonly failed: readonly number[]
  /** Milliseconds; null in seconds without requests. */
  readonly p95: readonly (number | null)[]
  readonly now: {
    readonly requestsPerSecond: number
    readonly failedPerSecond: number
    readonly p95Milliseconds: number | null
  }
}

interface Ring {
  /** A row for each second: how many requests took so long, and how many failed. */
  readonly rows: Uint32Array
  readonly seconds: Int32Array
  last: number
}

/**
 * Counts what is asked of deployments. Counting one request takes less than a microsecond and keeps nothing of it;
 * a deployment takes 40 KB for as long as it is asked, and two minutes longer.
 */
export class RequestFigures {
  readonly #rings = new Map<string, Ring>()
  readonly #now: () => number

  /** `now` is in milliseconds and never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** A request that has come to an end. `deployment` is `endpoint/name`. */
  count(deployment: string, request: { readonly milliseconds: number; readonly failed: boolean }): void {
    const second = this.#second()
    let ring = this.#rings.get(deployment)
    if (ring === undefined) {
      this.#forgetQuiet(second)
      ring = {
        rows: new Uint32Array(windowSeconds * columns),
        seconds: new Int32Array(windowSeconds).fill(-1),
        last: second,
      }
      this.#rings.set(deployment, ring)
    }
    const row = second % windowSeconds
    const start = row * columns
    if (ring.seconds[row] !== second) {
      ring.rows.fill(0, start, start + columns)
      ring.seconds[row] = second
      ring.last = second
    }
    increment(ring.rows, start + latencyStep(request.milliseconds))
    if (request.failed) increment(ring.rows, start + failedColumn)
  }

  of(deployment: string): DeploymentFigures {
    const ring = this.#rings.get(deployment)
    const current = this.#second()
    const rows = Array.from({ length: windowSeconds - 1 }, (_, index) =>
      ring === undefined ? undefined : rowOf(ring, current - windowSeconds + 1 + index),
    )
    const requests = rows.map(requestsIn)
    const failed = rows.map((row) => row?.[failedColumn] ?? 0)
    const recent = rows.slice(-recentSeconds)
    const together = new Uint32Array(latencySteps)
    for (const row of recent)
      for (let step = 0; step < latencySteps; step += 1) together[step] = (together[step] ?? 0) + (row?.[step] ?? 0)
    const perSecond = (counts: readonly number[]): number =>
      counts.slice(-recentSeconds).reduce((sum, count) => sum + count, 0) / recentSeconds
    return {
      requests,
      failed,
      p95: rows.map((row) => (row === undefined ? null : latencyQuantile(row.subarray(0, latencySteps), 0.95))),
      now: {
        requestsPerSecond: perSecond(requests),
        failedPerSecond: perSecond(failed),
        p95Milliseconds: latencyQuantile(together, 0.95),
      },
    }
  }

  #second(): number {
    return Math.floor(this.#now() / 1000)
  }

  #forgetQuiet(second: number): void {
    for (const [deployment, { last }] of this.#rings) if (second - last > windowSeconds) this.#rings.delete(deployment)
  }
}

function rowOf({ rows, seconds }: Ring, second: number): Uint32Array | undefined {
  if (second < 0) return undefined
  const row = second % windowSeconds
  return seconds[row] === second ? rows.subarray(row * columns, (row + 1) * columns) : undefined
}

function requestsIn(row: Uint32Array | undefined): number {
  return row === undefined ? 0 : row.subarray(0, latencySteps).reduce((sum, count) => sum + count, 0)
}

function increment(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}
