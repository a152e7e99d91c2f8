import { parseArgs } from 'node:util'
import { nearest } from '../core/index.ts'

interface Surroundings {
  readonly streams: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void }
  readonly signal: AbortSignal
}

const options = {
  port: { type: 'string' },
  location: { type: 'string' },
  runtime: { type: 'string' },
  python: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const help = `Run an Azure Machine Learning workspace on this machine.

Usage: azureml-cd emulator [--port 0] [--location DIR] [--json]

  --port NUMBER       Port on 127.0.0.1; 0 takes a free one. Default: 0.
  --location DIR      Keep everything in this folder. Default: forget it at the end.
  --runtime WORD      How deployments run: docker, process, or auto, which is docker where an engine answers. Default: auto.
  --python PATH       Python that runs entry scripts. Default: python3.
  --json              Print one line of JSON when ready: url, caFile, subscriptionId, resourceGroup, workspace, envFile.
`

/** The command `azureml-cd emulator`; answers with its exit code. */
export async function emulatorCommand(args: readonly string[], { streams, signal }: Surroundings): Promise<number> {
  const { stdout, stderr } = streams
  const { values, tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  for (const token of tokens) {
    if (token.kind === 'option' && token.name in options) continue
    const word = token.kind === 'option' ? token.rawName : token.kind === 'positional' ? token.value : '--'
    const suggestion = token.kind === 'option' ? nearest(token.name, Object.keys(options)) : undefined
    stderr(`Error: emulator does not know ${word}.${suggestion ? ` Did you mean --${suggestion}?` : ''}\n`)
    return 2
  }
  if (values.help) {
    stdout(help)
    return 0
  }
  const { port = '0', location, runtime = 'auto', python, json } = values
  if (typeof port !== 'string' || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    stderr(`Error: --port must be a number from 0 to 65535 (given: ${JSON.stringify(port)}).\n`)
    return 2
  }
  if (runtime !== 'auto' && runtime !== 'docker' && runtime !== 'process') {
    stderr(`Error: --runtime must be auto, docker or process (given: ${JSON.stringify(runtime)}).\n`)
    return 2
  }
  const { serveEmulator } = await import('../emulator/serve.ts')
  try {
    await serveEmulator(
      {
        ...{ port: Number(port), runtime, json: json === true },
        ...(typeof location === 'string' ? { location } : {}),
        ...(typeof python === 'string' ? { python } : {}),
      },
      { stdout: { write: stdout }, stderr: { write: stderr }, signal },
    )
    return 0
  } catch (error) {
    stderr(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
