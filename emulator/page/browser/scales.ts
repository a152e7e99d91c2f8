import type { DeploymentView } from '../snapshot.ts'

/** The tops of the scales that the plots of one service share, so that its deployments can be compared by eye. */
export interface Scales {
  /** Requests per second. */
  readonly rate: number
  /** Per second; a few errors among many requests must show. */
  readonly errors: number
  /** Milliseconds. */
  readonly latency: number
}

export function scalesOf(deployments: readonly DeploymentView[]): Scales {
  const highest = (values: readonly (number | null)[]): number => Math.max(...values.map((value) => value ?? 0))
  return {
    rate: roundUp(Math.max(10, ...deployments.map(({ requests }) => highest(requests)))),
    errors: roundUp(Math.max(5, ...deployments.map(({ failed }) => highest(failed)))),
    latency: roundUp(Math.max(10, ...deployments.map(({ p95 }) => highest(p95)))),
  }
}

/** To a round figure that does not change with every request: 10, 20, 50, 100, 200, … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
}
