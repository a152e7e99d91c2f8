import { isIP } from 'node:net'
import type { Transitions } from '../emulator/index.ts'
import { readFlags } from './flags.ts'

interface Surroundings {
  readonly streams: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void }
  readonly signal: AbortSignal
}

const help = `Run an Azure Machine Learning workspace on this machine.

Usage: azureml-cd emulator [--port 0] [--location DIR] [--json]

  --port NUMBER       Port; 0 takes a free one. Default: 0.
  --listen ADDRESS    Address to listen on. Default: 127.0.0.1; 0.0.0.0 is for containers only.
  --host NAME         Name by which clients reach it beside 127.0.0.1 and localhost. May be repeated.
  --location DIR      Keep everything in this folder. Default: forget it at the end.
  --runtime WORD      How deployments run: docker, process, or auto, which is docker where an engine answers. Default: auto.
  --python PATH       Python that runs entry scripts. Default: python3.
  --no-blobs          Leave the storage account out.
  --transitions WHEN  When long-running operations show that they have ended: immediate, polls:N (after N looks), or
                      seconds:N. Default: immediate.
  --strict            Tell of fields that Azure does not know, in the log and in the header x-azureml-cd-unknown-fields.
  --json              Print one line of JSON when ready: url, caFile, subscriptionId, resourceGroup, workspace, envFile.
`

/** The command `azureml-cd emulator`; answers with its exit code. */
export async function emulatorCommand(args: readonly string[], { streams, signal }: Surroundings): Promise<number> {
  const { stdout, stderr } = streams
  const { given, faults: unreadable } = await readFlags({
    command: 'emulator',
    args,
    flags: new Map([
      ...(['port', 'listen', 'host', 'location', 'runtime', 'python', 'transitions'] as const).map(
        (name) => [name, 'value'] as const,
      ),
      ...(['json', 'no-blobs', 'strict', 'help'] as const).map((name) => [name, 'switch'] as const),
    ]),
  })
  if (given.has('help')) {
    stdout(help)
    return 0
  }
  const faults = [...unreadable]
  const last = (name: string) => given.get(name)?.at(-1)?.trim() || undefined
  const { port = '0', runtime = 'auto' } = { port: last('port'), runtime: last('runtime') }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    faults.push(`--port must be a number from 0 to 65535 (given: ${JSON.stringify(port)}).`)
  const known = (['auto', 'docker', 'process'] as const).find((word) => word === runtime)
  if (known === undefined) faults.push(`--runtime must be auto, docker or process (given: ${JSON.stringify(runtime)}).`)
  const transitions = readTransitions(last('transitions') ?? 'immediate')
  if (transitions === undefined)
    faults.push(
      `--transitions must be immediate, polls:N or seconds:N (given: ${JSON.stringify(last('transitions'))}).`,
    )
  const hosts = (given.get('host') ?? []).map((name) => name.trim())
  for (const name of hosts)
    if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(name))
      faults.push(`--host must be the name of a host (given: ${JSON.stringify(name)}).`)
  const listen = last('listen') ?? '127.0.0.1'
  if (isIP(listen) === 0) faults.push(`--listen must be an IP address (given: ${JSON.stringify(listen)}).`)
  if (known === undefined || faults.length > 0) {
    stderr(`Error: ${faults.join('\n')}\n`)
    return 2
  }
  const location = last('location')
  const python = last('python')
  const { serveEmulator } = await import('../emulator/serve.ts')
  try {
    await serveEmulator(
      {
        ...{
          port: Number(port),
          listen,
          hosts,
          runtime: known,
          json: given.has('json'),
          strict: given.has('strict'),
          transitions,
        },
        ...(given.has('no-blobs') ? { blobs: false } : {}),
        ...(location === undefined ? {} : { location }),
        ...(python === undefined ? {} : { python }),
      },
      { stdout: { write: stdout }, stderr: { write: stderr }, signal },
    )
    return 0
  } catch (error) {
    stderr(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** Undefined when the text is none of the forms. */
function readTransitions(text: string): Transitions | undefined {
  const [, kind, number = ''] = /^(immediate|polls|seconds)(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? []
  if (kind === 'immediate' && number === '') return { kind }
  if (kind === 'polls' && /^\d+$/.test(number)) return { kind, count: Number(number) }
  if (kind === 'seconds' && number !== '') return { kind, seconds: Number(number) }
  return undefined
}
