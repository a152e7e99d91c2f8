import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const heldOut = z.object({ data: z.array(z.array(z.number())).min(1), target: z.array(z.number()).min(1) })
const ridge = z.object({
  features: z.array(z.string()),
  intercept: z.number(),
  coefficients: z.record(z.string(), z.number()),
})

/** The patients that no version was fitted on, and what each version's file says about them. */
export interface HeldOut {
  readonly data: readonly (readonly number[])[]
  readonly target: readonly number[]
  /** By version: what its coefficients give for each patient, computed here and not by the service. */
  readonly estimates: ReadonlyMap<string, readonly number[]>
}

export async function readHeldOut(folder: string, versions: readonly string[]): Promise<HeldOut> {
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(folder, file), 'utf8'))
  const { data, target } = heldOut.parse(await read('heldout.json'))
  const estimates = new Map<string, readonly number[]>()
  for (const version of versions) {
    const { features, intercept, coefficients } = ridge.parse(await read(`models/v${version}/ridge.json`))
    const weights = features.map((feature) => coefficients[feature] ?? Number.NaN)
    estimates.set(
      version,
      data.map((row) => row.reduce((sum, value, column) => sum + value * (weights[column] ?? Number.NaN), intercept)),
    )
  }
  return { data, target, estimates }
}

/** The share of the targets' variance that the estimates explain: 1 is perfect, 0 no better than their mean. */
export function rSquared(target: readonly number[], estimates: readonly number[]): number {
  const mean = target.reduce((sum, value) => sum + value, 0) / target.length
  const squares = (estimate: (row: number) => number) =>
    target.reduce((sum, value, row) => sum + (value - estimate(row)) ** 2, 0)
  return 1 - squares((row) => estimates[row] ?? Number.NaN) / squares(() => mean)
}
