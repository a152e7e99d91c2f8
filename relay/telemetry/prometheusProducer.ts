import { type HrTime, ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { MetricObjectWithValues, MetricValue, MetricValueWithName, Registry } from 'prom-client'
import { version } from '../../core/index.ts'

type Metric = MetricObjectWithValues<MetricValue<string>>
type Labels = Readonly<Record<string, string | number>>

/** The figures of Prometheus as OpenTelemetry has them: counted once, under the same names, however they are read. */
export class PrometheusProducer implements MetricProducer {
  readonly #registry: Registry
  readonly #since: HrTime = now()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  async collect(): Promise<CollectionResult> {
    const until = now()
    const metrics = await this.#registry.getMetricsAsJSON()
    return {
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: [
          {
            scope: { name: 'azureml-cd', version },
            metrics: metrics.flatMap((metric) => this.#converted(metric, until)),
          },
        ],
      },
      errors: [],
    }
  }

  #converted(metric: Metric, endTime: HrTime): MetricData[] {
    const { name, help } = metric
    const unit = /_seconds(_total)?$/.test(name) ? 's' : ''
    const common = {
      descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    } as const
    const span = { startTime: this.#since, endTime }
    // The library's types name the kinds, and what it answers are the words.
    const kind: string = String(metric.type)
    if (kind === 'histogram') {
      const dataPoints = histograms(metric).map((point) => ({ ...span, ...point }))
      return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }]
    }
    const dataPoints = metric.values.map(({ value, labels }) => ({ ...span, value, attributes: plain(labels) }))
    if (kind === 'counter') return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }]
    if (kind === 'gauge') return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints }]
    return []
  }
}

function now(): HrTime {
  const milliseconds = Date.now()
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000]
}

function plain(labels: Partial<Labels>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Prometheus counts each bucket with all below it; OpenTelemetry counts each by itself. */
function histograms({ name, values }: Metric) {
  const points = new Map<string, { attributes: Labels; buckets: [number, number][]; sum: number; count: number }>()
  for (const one of values) {
    const { le, ...attributes } = plain(one.labels)
    const key = JSON.stringify(attributes)
    const point = points.get(key) ?? { attributes, buckets: [], sum: 0, count: 0 }
    points.set(key, point)
    const part = isNamed(one) ? one.metricName : undefined
    if (part === `${name}_sum`) point.sum = one.value
    else if (part === `${name}_count`) point.count = one.value
    else if (le !== undefined && le !== '+Inf') point.buckets.push([Number(le), one.value])
  }
  return [...points.values()].map(({ attributes, buckets, sum, count }) => {
    const sorted = buckets.toSorted(([a], [b]) => a - b)
    const upTo = [...sorted.map(([, below]) => below), count]
    const counts = upTo.map((below, index) => below - (upTo[index - 1] ?? 0))
    return { attributes, value: { buckets: { boundaries: sorted.map(([bound]) => bound), counts }, sum, count } }
  })
}

function isNamed(value: MetricValue<string>): value is MetricValueWithName<string> {
  return 'metricName' in value
}
