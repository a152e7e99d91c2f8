import { assertNever, UserError } from '../errors.ts'
import { processRuntime } from './process.ts'
import type { ScoringRuntime } from './scoringServer.ts'

export type RuntimeChoice = 'auto' | 'docker' | 'process'

export interface RuntimeOptions {
  /** The interpreter of this machine, `python3` by default. */
  readonly python?: string
  /** Whom containers belong to: a later process with the same owner sweeps those a killed one has left. */
  readonly owner?: string
  /** Whether an image that is not on this machine is pulled. */
  readonly pull?: boolean
}

/**
 * The way scoring servers are run on this machine; `auto` is Docker where an engine of this machine answers, else
 * processes. Throws `UserError` when what was chosen is not there.
 */
export async function scoringRuntime(choice: RuntimeChoice, options: RuntimeOptions = {}): Promise<ScoringRuntime> {
  switch (choice) {
    case 'process':
      return processRuntime(options)
    case 'docker':
      return (await import('./docker.ts')).dockerRuntime(options)
    case 'auto':
      try {
        return await scoringRuntime('docker', options)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        return processRuntime(options)
      }
    default:
      return assertNever(choice)
  }
}
