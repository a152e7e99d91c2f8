import { type Operation, runOperation } from '../core/index.ts'
import type { DerivedInputs } from './host.ts'
import { authoritiesToAdd, runTrusting } from './trust.ts'

/** A whole task: the agent's variables and signals in, its logging commands and result out. */
export async function runTask(operation: Operation, derived?: DerivedInputs): Promise<void> {
  const authorities = authoritiesToAdd(process.env)
  if (authorities !== undefined) return runTrusting(authorities)
  // Only now: the agent's library takes inputs out of the environment as it loads.
  const { TaskHost } = await import('./host.ts')

  const cancelled = new AbortController()
  // The agent sends SIGINT, after some seconds SIGTERM, and kills: whatever comes first starts the tidying up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => cancelled.abort(new Error(`Stopped by ${signal}.`)))
  // An agent that goes away must not end a rollout halfway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

  const host = new TaskHost({ operation, signal: cancelled.signal, derived })
  const { kind } = await runOperation(
    {
      ...operation,
      perform: (performing) =>
        operation.perform(performing).catch((error: unknown) => {
          host.endsWithNextError()
          throw error
        }),
    },
    host,
  )
  await host.complete(kind)
}
