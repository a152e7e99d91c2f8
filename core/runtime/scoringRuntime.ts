import { UserError } from '../errors.ts'
import { processRuntime } from './process.ts'
import type { ScoringRuntime } from './scoringServer.ts'

export type RuntimeChoice = 'auto' | 'docker' | 'process'

/**
 * The way scoring servers are run on this machine. Throws `UserError` when what was chosen is not there.
 */
export async function scoringRuntime(
  choice: RuntimeChoice,
  options: {
    /** The interpreter, `python3` by default. */
    readonly python?: string
    readonly owner?: string
  } = {},
): Promise<ScoringRuntime> {
  if (choice === 'docker') throw new UserError('Scoring servers cannot run in Docker yet.')
  return processRuntime(options.python === undefined ? {} : { python: options.python })
}
