import { type Log, plainText } from '../core/index.ts'
import { serve } from './hosts/serve.ts'
import type { OpenedRelay } from './openRelay.ts'
import { createRelay } from './relay.ts'
import { ledgerStatus } from './status/ledgerStatus.ts'
import { Worker } from './worker.ts'

/**
 * The relay on this machine until the signal is aborted: takes what it is told, and keeps the controller at work. What
 * was taken and not acted on is on disk for the next start.
 */
export async function runRelay(options: {
  readonly opened: OpenedRelay
  readonly host: string
  readonly port: number
  readonly sweepSeconds: number
  readonly log: Log
  readonly signal: AbortSignal
  /** Told where it listens. */
  readonly ready: (url: string) => void
}): Promise<void> {
  const { opened, host, port, sweepSeconds, log, signal } = options
  const { settings, triggers, controller, wakeUps, metrics } = opened
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
