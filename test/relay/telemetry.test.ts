import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { RelayMetrics } from '../../relay/metrics.ts'
import { exportMetrics } from '../../relay/telemetry/exportMetrics.ts'
import { until } from '../emulator/until.ts'
import { FakeServer } from '../fakes/fakeServer.ts'
import { startRelay } from './runningRelay.ts'
import { key, statusToken, temporaryFolder } from './world.ts'

const attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
const number = z.union([z.number(), z.string().transform(Number)])
const point = z.object({
  attributes,
  asDouble: z.number().optional(),
  count: number.optional(),
  sum: z.number().optional(),
  bucketCounts: z.array(number).optional(),
  explicitBounds: z.array(z.number()).optional(),
})
const points = z.object({ dataPoints: z.array(point), isMonotonic: z.boolean().optional() }).optional()
const metric = z.object({
  name: z.string(),
  unit: z.string().optional(),
  sum: points,
  gauge: points,
  histogram: points,
})
const payload = z.object({
  resourceMetrics: z
    .array(
      z.object({
        resource: z.object({ attributes }),
        scopeMetrics: z.array(z.object({ metrics: z.array(metric) })),
      }),
    )
    .length(1),
})

/** A collector that takes OTLP over HTTP. */
async function collector(t: ExecutionContext) {
  const server = new FakeServer(() => ({ status: 200, body: {} }))
  await server.start()
  t.teardown(() => server.close())
  const last = () => {
    const [exchange] = server.exchanges.slice(-1)
    const [only] = payload.parse(JSON.parse(exchange?.text ?? '')).resourceMetrics
    const metrics = new Map(only?.scopeMetrics.flatMap((scope) => scope.metrics).map((one) => [one.name, one]))
    const resource = Object.fromEntries(
      (only?.resource.attributes ?? []).map(({ key: name, value }) => [name, value.stringValue]),
    )
    return { path: exchange?.path, metrics, resource }
  }
  return { server, last }
}

const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined }
const named = (given: z.output<typeof attributes>) =>
  Object.fromEntries(given.map(({ key: name, value }) => [name, value.stringValue]))

test.serial('a collector gets the same figures as Prometheus, with buckets that count for themselves', async (t) => {
  const { server, last } = await collector(t)
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = server.url
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment.name=test'
  const relay = new RelayMetrics()
  relay.countNews('event-grid', 'accepted', 3)
  relay.countNews('mlflow', 'unreadable')
  for (const seconds of [0.0005, 0.02, 0.02, 45]) relay.observeRequest('POST /events', 200, seconds)
  const { close } = exportMetrics({ registry: relay.registry, environment: {}, log: quiet })
  await close()
  const { path, metrics, resource } = last()
  t.is(path, '/v1/metrics')
  t.like(resource, { 'service.name': 'azureml-cd-relay', 'deployment.environment.name': 'test' })
  const news = metrics.get('azureml_cd_relay_events_total')?.sum
  t.true(news?.isMonotonic)
  t.deepEqual(
    news?.dataPoints.map((one) => [named(one.attributes), one.asDouble]),
    [
      [{ source: 'event-grid', outcome: 'accepted' }, 3],
      [{ source: 'mlflow', outcome: 'unreadable' }, 1],
    ],
  )
  const duration = metrics.get('azureml_cd_relay_request_duration_seconds')
  t.is(duration?.unit, 's')
  const [observed] = duration?.histogram?.dataPoints ?? []
  t.deepEqual(observed?.explicitBounds, [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30])
  t.deepEqual(observed?.bucketCounts, [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1])
  t.is(observed?.count, 4)
  t.true(Math.abs((observed?.sum ?? 0) - 45.0405) < 1e-9)
  t.true((metrics.get('azureml_cd_relay_last_accepted_timestamp_seconds')?.gauge?.dataPoints[0]?.asDouble ?? 0) > 1e9)
})

test.serial('a collector that does not take them is told once, and keeps nothing from ending', async (t) => {
  const server = new FakeServer(() => ({ status: 400, body: {} }))
  await server.start()
  t.teardown(() => server.close())
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = server.url
  const lines: string[] = []
  const warning = (line: string) => void lines.push(line)
  const { close } = exportMetrics({
    ...{ registry: new RelayMetrics().registry, environment: { OTEL_METRIC_EXPORT_INTERVAL: '50' } },
    log: { ...quiet, warning },
  })
  await until(() => server.exchanges.length >= 3)
  await close()
  t.is(lines.length, 1)
  t.regex(lines[0] ?? '', /^The collector of metrics does not take them/)
})

test('a relay sends its figures where OTEL_EXPORTER_OTLP_ENDPOINT says, and the last ones at its end', async (t) => {
  const { server, last } = await collector(t)
  const folder = temporaryFolder(t)
  const file = join(folder, 'triggers.yml')
  writeFileSync(
    file,
    `workspaces: [{ id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/team, cloud: 'https://127.0.0.1:9' }]
rules: [{ name: all, model: '*', destinations: [ship] }]
destinations:
  ship: { kind: webhook, url: 'https://hooks.example', secret: { fromEnvironment: HOOK } }
`,
  )
  const { url, process: child } = await startRelay(t, ['--file', file, '--ledger', join(folder, 'ledger')], {
    ...{ AZUREML_CD_RELAY_KEY: key, AZUREML_CD_RELAY_STATUS_TOKEN: statusToken, OTEL_SERVICE_NAME: 'models' },
    OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
  })
  t.is((await fetch(`${url}/nowhere`)).status, 404)
  child.kill('SIGTERM')
  await once(child, 'close')
  const { metrics, resource } = last()
  t.is(resource['service.name'], 'models')
  const [request] = metrics.get('azureml_cd_relay_request_duration_seconds')?.histogram?.dataPoints ?? []
  t.deepEqual(named(request?.attributes ?? []), { route: 'unknown', status: '404' })
  t.is(request?.count, 1)
})
