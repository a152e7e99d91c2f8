import { InputError } from '../../core/index.ts'
import { ledgerVariables } from '../../core/trigger/index.ts'
import { openRelay } from '../openRelay.ts'
import { createRelay } from '../relay.ts'
import { ledgerStatus } from '../status/ledgerStatus.ts'
import { Worker } from '../worker.ts'
import type { FunctionRelay } from './azureFunctions.ts'
import type { FunctionHost } from './functionHost.ts'
import { functionVariables } from './functionVariables.ts'

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly host: FunctionHost
  /** The rules, where the environment names no others. */
  readonly rulesFile: string
}

/** The relay, opened by the first who asks. What could not be opened is opened anew by the next. */
export function openedOnce(surroundings: Surroundings): () => Promise<FunctionRelay> {
  let opened: Promise<FunctionRelay> | undefined
  return () => {
    opened ??= openFunctionRelay(surroundings).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
}

async function openFunctionRelay({ environment, host, rulesFile }: Surroundings): Promise<FunctionRelay> {
  if (!environment[ledgerVariables.place]?.trim())
    throw new InputError(
      `The setting ${ledgerVariables.place} is required, such as https://ACCOUNT.table.core.windows.net/ledger: the folder of a function app does not last.`,
    )
  const { settings, triggers, controller, wakeUps, metrics } = await openRelay({
    ...{ environment, host, hasOwnTrigger: true },
    rulesFile: environment[functionVariables.rules]?.trim() || rulesFile,
  })
  const { log, signal } = host
  const worker = new Worker({ controller, sweepSeconds: 0, log, signal })
  let trouble: string | undefined
  const watched = async (work: () => Promise<void>) => {
    try {
      await work()
      trouble = undefined
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error)
      throw error
    }
  }
  const act = joined(() => watched(() => worker.act()))
  const relay = createRelay({
    ...{ settings, wakeUps, log, metrics },
    // Told by webhook, in an invocation that is answered by then; what it does not get done, the clock does.
    accepted: () => void act().catch((error: unknown) => log.error(`It is tried again in a minute: ${String(error)}`)),
    health: async () => trouble,
    status: () => ledgerStatus({ triggers, trouble, drift: controller.drift }),
  })
  return { relay, act, sweep: () => watched(() => controller.sweep().then(() => worker.act())) }
}

/** The work is done once at a time; who asks meanwhile waits for it to be done once more. */
function joined(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let isAskedAgain = false
  const run = async () => {
    do {
      isAskedAgain = false
      await work()
    } while (isAskedAgain)
  }
  return () => {
    if (running) isAskedAgain = true
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}
