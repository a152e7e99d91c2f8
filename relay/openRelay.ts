import type { Host } from '../core/index.ts'
import { openTriggers, readRules, type Triggers, type TriggersOptions, type WakeUps } from '../core/trigger/index.ts'
import { DispatchMetrics } from './dispatchMetrics.ts'
import { RelayMetrics } from './metrics.ts'
import { type RelaySettings, relaySettings, secretVariables } from './settings.ts'
import type { exportMetrics } from './telemetry/exportMetrics.ts'
import { TendingController } from './tendingController.ts'

/** All that a relay consists of, whoever hosts it. */
export interface OpenedRelay {
  readonly settings: RelaySettings
  readonly triggers: Triggers
  readonly controller: TendingController
  readonly wakeUps: WakeUps
  readonly metrics: RelayMetrics
  close(): Promise<void>
}

/**
 * Reads the settings and the rules and opens the ledger.
 *
 * @throws InputError with every fault of the settings, or of the rules
 */
export async function openRelay(options: {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly host: TriggersOptions['host'] & Pick<Host, 'secret'>
  readonly rulesFile: string
  /** Where the environment does not say it. */
  readonly ledger?: string | undefined
  /** What drifted is healed, whatever the environment says. */
  readonly heal?: boolean | undefined
  /** Events come by a trigger of the host's own, so that nobody else need be able to send some. */
  readonly hasOwnTrigger?: boolean | undefined
}): Promise<OpenedRelay> {
  const { environment, host, rulesFile, ledger, hasOwnTrigger = false } = options
  for (const name of secretVariables) for (const secret of (environment[name] ?? '').split(',')) host.secret(secret)
  const given = relaySettings(environment, { hasOwnTrigger })
  const file = await readRules(rulesFile)
  for (const { message, position } of file.warnings) host.log.warning(message, position)
  // What rules name is what events may be about.
  const workspaces = given.workspaces.length > 0 ? given.workspaces : file.sources.map(({ id }) => id.toLowerCase())
  const settings: RelaySettings = { ...given, workspaces, heal: given.heal || options.heal === true }
  const metrics = new RelayMetrics()
  const dispatches = new DispatchMetrics(metrics.registry)
  const { triggers, wakeUps } = await openTriggers({
    ...{ file, host, environment, ledger },
    measured: (destinations) => dispatches.measured(destinations),
  })
  const controller = new TendingController({ triggers, heal: settings.heal, registry: metrics.registry })
  const telemetry = await openTelemetry({ registry: metrics.registry, environment, log: host.log })
  const close = async () => {
    await telemetry?.close()
    await triggers.close()
  }
  return { settings, triggers, controller, wakeUps, metrics, close }
}

/** Loaded only where a collector is named. */
async function openTelemetry(options: Parameters<typeof exportMetrics>[0]) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own } = options.environment
  if (!all?.trim() && !own?.trim()) return undefined
  const { exportMetrics: start } = await import('./telemetry/exportMetrics.ts')
  return start(options)
}
