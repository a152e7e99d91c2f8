import { InputError, plainText, UserError } from '../core/index.ts'
import { openRelay } from '../relay/openRelay.ts'
import { runRelay } from '../relay/runRelay.ts'
import { readFlags } from './flags.ts'
import { CliHost } from './host.ts'

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly streams: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void }
  readonly signal: AbortSignal
}

const help = `Take what Event Grid, MLflow and Databricks tell of models, and start pipelines by the rules of triggers.yml.

Usage: azureml-cd relay [--file triggers.yml] [--ledger PLACE] [--host 127.0.0.1] [--port 8080]

  --file PATH         The rules. Default: triggers.yml.
  --ledger PLACE      Where it is kept what was taken and started, as for azureml-cd triggers.
  --host ADDRESS      The address to listen on. Default: 127.0.0.1.
  --port NUMBER       0 takes a free one. Default: 8080.
  --sweep-minutes N   How often to look at every model, whatever was told. Default: 15.
  --heal              Start again what a service that serves something else should serve; once an hour at most.
  --json              Print one line of JSON with the address when ready, and everything else on standard error.

Who may send what is set by environment variables, such as AZUREML_CD_RELAY_KEY; docs/triggers/relay.md lists them.
`

/** The command `azureml-cd relay`; answers with its exit code. */
export async function relayCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, streams, signal } = surroundings
  const { given, faults } = await readFlags({
    command: 'relay',
    args,
    flags: new Map([
      ...(['file', 'ledger', 'host', 'port', 'sweep-minutes'] as const).map((name) => [name, 'value'] as const),
      ...(['heal', 'json', 'debug', 'help'] as const).map((name) => [name, 'switch'] as const),
    ]),
  })
  if (given.has('help')) {
    streams.stdout(help)
    return 0
  }
  const flag = (name: string) => given.get(name)?.at(-1)?.trim() || undefined
  const { port = '8080', minutes = '15' } = { port: flag('port'), minutes: flag('sweep-minutes') }
  const all = [...faults]
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    all.push(`--port must be a number from 0 to 65535 (given: ${JSON.stringify(port)}).`)
  if (!/^\d{1,4}$/.test(minutes) || Number(minutes) < 1)
    all.push(`--sweep-minutes must be a whole number from 1 to 9999 (given: ${JSON.stringify(minutes)}).`)
  if (all.length > 0) {
    streams.stderr(`Error: ${plainText(all.join('\n'))}\n`)
    return 2
  }
  const json = given.has('json')
  const host = new CliHost({ flags: {}, environment, streams, signal, json, debug: given.has('debug') })
  try {
    const opened = await openRelay({
      ...{ environment, host, ledger: flag('ledger'), heal: given.has('heal') },
      rulesFile: flag('file') ?? 'triggers.yml',
    })
    try {
      await runRelay({
        ...{ opened, log: host.log, signal, port: Number(port), host: flag('host') ?? '127.0.0.1' },
        sweepSeconds: Number(minutes) * 60,
        ready: (url) => json && streams.stdout(`${JSON.stringify({ url })}\n`),
      })
    } finally {
      await opened.close()
    }
    return 0
  } catch (error) {
    if (signal.aborted) return 0
    const hint = error instanceof UserError && error.hint ? ` ${error.hint}` : ''
    host.log.error(`${error instanceof Error ? error.message : String(error)}${hint}`)
    return error instanceof InputError ? 2 : 1
  }
}
