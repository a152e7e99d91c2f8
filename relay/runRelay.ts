import { type Log, plainText } from '../core/index.ts'
import type { Triggers, WakeUps } from '../core/trigger/index.ts'
import { serve } from './hosts/serve.ts'
import type { RelayMetrics } from './metrics.ts'
import { createRelay } from './relay.ts'
import type { RelaySettings } from './settings.ts'
import { ledgerStatus } from './status/ledgerStatus.ts'
import { TendingController } from './tendingController.ts'
import { Worker } from './worker.ts'

/**
 * The relay on this machine until the signal is aborted: takes what it is told, and keeps the controller at work. What
 * was taken and not acted on is on disk for the next start.
 */
export async function runRelay(options: {
  readonly settings: RelaySettings
  readonly triggers: Triggers
  readonly wakeUps: WakeUps
  readonly metrics: RelayMetrics
  readonly host: string
  readonly port: number
  readonly sweepSeconds: number
  readonly log: Log
  readonly signal: AbortSignal
  /** Told where it listens. */
  readonly ready: (url: string) => void
}): Promise<void> {
  const { settings, triggers, wakeUps, metrics, host, port, sweepSeconds, log, signal } = options
  const controller = new TendingController({ triggers, heal: settings.heal, registry: metrics.registry })
  const worker = new Worker({ controller, sweepSeconds, log, signal })
  const relay = createRelay({
    ...{ settings, wakeUps, log, metrics, accepted: worker.woken },
    health: async () => worker.trouble,
    status: () => ledgerStatus({ triggers, trouble: worker.trouble, drift: controller.drift }),
  })
  const { url, close } = await serve({ relay, host, port })
  try {
    options.ready(url)
    log.info(plainText(`The relay listens on ${url}.`))
    await worker.run()
  } finally {
    await close()
  }
}
