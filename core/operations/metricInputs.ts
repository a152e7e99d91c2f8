import { RefusedError } from '../errors.ts'
import type { Host } from '../host.ts'
import { pairs } from '../inputs.ts'
import type { Fault } from '../operation.ts'
import { type Direction, directions, judgeMetrics, type Measured, type MetricGate } from '../rollout/metricGate.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** Which metrics a version must have before it may go on; the same for every operation that holds it to some. */
export const metricInputs = {
  minMetrics: pairs('Metrics that must reach a value, or the version is refused: accuracy=0.85.'),
  maxMetrics: pairs('Metrics that must not exceed a value, or the version is refused: rmse=60.'),
  betterMetrics: pairs(
    'Metrics that must be better than those of the version that serves, and which way is better: accuracy=higher, rmse=lower.',
  ),
} as const

type Texts = Readonly<Record<string, string>>
type MetricTexts = { readonly [K in keyof typeof metricInputs]: Texts }

/** For operations that are called by others, which hold versions to nothing. */
export const noMetricGate: MetricTexts = { minMetrics: {}, maxMetrics: {}, betterMetrics: {} }

/** A property of a model version that holds a metric; it cannot be changed once the version is registered. */
export function metricProperty(metric: string): string {
  return `azureml-cd.metric.${metric}`
}

/** What is wrong with the inputs above, or with metrics themselves. */
export function metricFaults(
  inputs: Partial<MetricTexts & { readonly metrics: Texts }>,
): readonly Fault<keyof MetricTexts | 'metrics'>[] {
  const faults: Fault<keyof MetricTexts | 'metrics'>[] = []
  for (const key of ['metrics', 'minMetrics', 'maxMetrics'] as const)
    for (const [metric, text] of Object.entries(inputs[key] ?? {}))
      if (number(text) === undefined) faults.push({ key, fault: `must be numbers, but ${metric} is "${text}"` })
  for (const [metric, text] of Object.entries(inputs.betterMetrics ?? {}))
    if (!directions.some((direction) => direction === text))
      faults.push({ key: 'betterMetrics', fault: `must be higher or lower, but ${metric} is "${text}"` })
  for (const [metric, least] of Object.entries(inputs.minMetrics ?? {})) {
    const [low, high] = [number(least), number(inputs.maxMetrics?.[metric] ?? '')]
    if (low !== undefined && high !== undefined && low > high)
      faults.push({ key: 'maxMetrics', fault: `of ${metric} (${high}) cannot be below its minimum (${low})` })
  }
  return faults
}

/** Throws a RefusedError with every reason when the candidate does not pass; asks for what serves only if that matters. */
export async function requireMetrics(options: {
  readonly host: Host
  readonly inputs: MetricTexts
  readonly candidate: Measured
  readonly served: () => Promise<Measured | undefined>
  readonly outputs: Readonly<Record<string, unknown>>
}): Promise<void> {
  const { host, inputs, candidate, served, outputs } = options
  const gate = gateOf(inputs)
  const toBeat = gate.better.size > 0 ? await served() : undefined
  const { faults, warnings } = judgeMetrics(gate, candidate, toBeat)
  for (const warning of warnings) host.log.warning(warning)
  if (faults.length === 0) return
  throw new RefusedError(`${candidate.label} was refused for its metrics: ${faults.join('; ')}.`, { outputs })
}

/** The metrics a version was registered with: as properties, or as properties or tags of the plain name. */
export function measured(version: ModelVersion): Measured {
  const metrics = new Map<string, number>()
  const prefix = metricProperty('')
  for (const [name, text] of [...Object.entries(version.tags), ...Object.entries(version.properties)]) {
    const value = number(text)
    if (value !== undefined) metrics.set(name, value)
  }
  for (const [name, text] of Object.entries(version.properties)) {
    const value = number(text)
    if (value !== undefined && name.startsWith(prefix)) metrics.set(name.slice(prefix.length), value)
  }
  return { label: `${version.name}:${version.version}`, metrics }
}

/** The metrics of the version that serves; undefined when none does. */
export async function measuredServed(
  workspace: Workspace,
  served: { readonly name: string; readonly version: string } | undefined,
): Promise<Measured | undefined> {
  const version = served && (await workspace.models.version(served.name, served.version))
  return version && measured(version)
}

export function numbersOf(texts: Texts): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(texts).flatMap(([metric, text]) => {
      const value = number(text)
      return value === undefined ? [] : [[metric, value] as const]
    }),
  )
}

function gateOf({ minMetrics, maxMetrics, betterMetrics }: MetricTexts): MetricGate {
  const better = Object.entries(betterMetrics).flatMap(([metric, text]) => {
    const direction = directions.find((word) => word === text)
    return direction === undefined ? [] : [[metric, direction] as const]
  })
  return { min: numbersOf(minMetrics), max: numbersOf(maxMetrics), better: new Map<string, Direction>(better) }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Decimal and finite; NaN, as a failed evaluation leaves it, is no number. */
function number(text: string): number | undefined {
  const value = decimal.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
