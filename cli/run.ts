import { assertNever, plainText, runOperation, version } from '../core/index.ts'
import { loadAll, type Operations } from '../core/operations/index.ts'
import { parseArguments } from './arguments.ts'
import { emulatorCommand } from './emulatorCommand.ts'
import { helpOf, overview } from './help.ts'
import { CliHost } from './host.ts'

export interface Surroundings {
  readonly operations: Operations
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly streams: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void }
  readonly signal: AbortSignal
}

/** What the command line exits with; documented in the overview. */
export const exitCodes = { done: 0, failed: 1, 'bad-input': 2, refused: 3 } as const

/** Runs one command and answers with its exit code. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { operations, environment, streams, signal } = surroundings
  const parsed = await parseArguments(argv, operations)
  switch (parsed.kind) {
    case 'overview':
      streams.stdout(overview(await loadAll(operations)))
      return exitCodes.done
    case 'version':
      streams.stdout(`${version}\n`)
      return exitCodes.done
    case 'help':
      streams.stdout(helpOf(parsed.operation))
      return exitCodes.done
    case 'fault':
      streams.stderr(`Error: ${plainText(parsed.message)}\n`)
      return exitCodes['bad-input']
    case 'emulator':
      return emulatorCommand(parsed.args, { streams, signal })
    case 'operation': {
      const host = new CliHost({ ...parsed, environment, streams, signal })
      const outcome = await runOperation(parsed.operation, host)
      if (outcome.kind === 'done' || Object.keys(outcome.outputs).length > 0) host.showOutputs(outcome.outputs)
      return exitCodes[outcome.kind]
    }
    default:
      return assertNever(parsed)
  }
}
