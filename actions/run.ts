import { InputError, type Operation, runOperation } from '../core/index.ts'
import { exitCodes } from './exitCodes.ts'
import { ActionsHost } from './host.ts'
import { legacyInputs } from './legacy/legacyInputs.ts'
import { readSignIn } from './login/settings.ts'
import { forgetRollout, rememberRollout, rollOuts } from './rolloutState.ts'
import { summaryFooter } from './summaryFooter.ts'

/** The whole process of a step: its inputs and signals in; outputs, summary, annotations and its exit code out. */
export async function runAction(operation: Operation, { signsIn = true } = {}): Promise<void> {
  const cancelled = new AbortController()
  // A cancelled job is sent SIGINT, 7.5 s later SIGTERM, and is killed 2.5 s after that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!cancelled.signal.aborted) cancelled.abort(new Error(`Stopped by ${signal}.`))
    })
  const rollsOut = rollOuts.some((name) => name === operation.name)
  let isRemembered = false
  const host = new ActionsHost({
    environment: process.env,
    signal: cancelled.signal,
    whenSignedIn: () => {
      if (rollsOut) rememberRollout(host)
      isRemembered = rollsOut
    },
  })
  try {
    host.fallBackOn(await legacyInputs(operation.name, host))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    host.log.error(error.message, error.position)
    process.exitCode = exitCodes['bad-input']
    return
  }
  const signIn = signsIn ? readSignIn(host) : { faults: [] }
  const started = performance.now()
  const outcome = await runOperation(operation, host, 'faults' in signIn ? signIn.faults : [])
  process.exitCode = exitCodes[outcome.kind]
  if (isRemembered && outcome.kind !== 'failed') forgetRollout()
  const seconds = (performance.now() - started) / 1000
  await host.summary(summaryFooter(operation, host, { ...outcome, seconds, runUrl: (await host.provenance()).runUrl }))
}
