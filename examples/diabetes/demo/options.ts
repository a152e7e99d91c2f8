import { parseArgs } from 'node:util'

export interface Options {
  readonly json: boolean
  readonly keep: boolean
  readonly runtime: 'auto' | 'docker' | 'process'
  readonly python: string
  readonly verbose: boolean
}

const help = `Shows a new model version reaching its service on this machine, and a bad one being refused.

Usage: npm run demo [-- OPTIONS]

  --json            Print one line of JSON on standard output at the end, and the story on standard error.
  --keep            Leave the workspace and the service up until Ctrl+C, and say how to talk to them.
  --runtime WORD    How deployments run: docker, process, or auto, which is docker where an engine answers. Default: auto.
  --python PATH     Python that runs entry scripts. Default: python3.
  --verbose         Show everything that the commands say.

Exit codes: 0 everything was as promised, 1 something was not, 2 bad options.
`

const flags = {
  json: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  runtime: { type: 'string', default: 'auto' },
  python: { type: 'string', default: 'python3' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The options of the demo, or the exit code when there is nothing more to do because help or a fault was printed. */
export function readOptions(args: readonly string[]): Options | number {
  try {
    const { values } = parseArgs({ args: [...args], options: flags })
    const { help: wantsHelp, runtime, ...others } = values
    if (wantsHelp) {
      process.stdout.write(help)
      return 0
    }
    const known = (['auto', 'docker', 'process'] as const).find((word) => word === runtime)
    if (known) return { ...others, runtime: known }
    throw new TypeError(`--runtime must be auto, docker or process (given: ${JSON.stringify(runtime)}).`)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`Error: ${error.message}\n`)
    return 2
  }
}
