import { randomUUID } from 'node:crypto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { Registry } from 'prom-client'
import { type Log, version } from '../../core/index.ts'
import { PrometheusProducer } from './prometheusProducer.ts'

const minute = 60_000

/**
 * Sends the figures of a registry to an OpenTelemetry collector from time to time, until it is closed. The library
 * itself reads `OTEL_EXPORTER_OTLP_ENDPOINT` and what else OpenTelemetry agrees on for exporters.
 */
export function exportMetrics(options: {
  readonly registry: Registry
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
}): { close(): Promise<void> } {
  const { registry, environment, log } = options
  const interval = Number(environment.OTEL_METRIC_EXPORT_INTERVAL) || minute
  const own = resourceFromAttributes({
    'service.name': 'azureml-cd-relay',
    'service.version': version,
    // Several relays count for themselves.
    'service.instance.id': randomUUID(),
  })
  const reader = new PeriodicExportingMetricReader({
    exporter: telling(new OTLPMetricExporter(), log),
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, minute / 2),
    metricProducers: [new PrometheusProducer(registry)],
  })
  const resource = own.merge(detectResources({ detectors: [envDetector] }))
  const provider = new MeterProvider({ resource, readers: [reader] })
  // The collector being away must not keep a relay from ending.
  return { close: () => provider.shutdown({ timeoutMillis: 5000 }).catch(() => undefined) }
}

/** The library keeps its failures to itself; each change between taken and not taken is told once. */
function telling(exporter: PushMetricExporter, log: Log): PushMetricExporter {
  let isTaken = true
  return {
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    export: (metrics, done) =>
      exporter.export(metrics, (result) => {
        const wasTaken = isTaken
        isTaken = result.error === undefined
        if (wasTaken && result.error)
          log.warning(`The collector of metrics does not take them: ${result.error.message}`)
        if (!wasTaken && isTaken) log.info('The collector of metrics takes them again.')
        done(result)
      }),
  }
}
