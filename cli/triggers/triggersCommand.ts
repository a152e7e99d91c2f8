import { InputError, plainText, UserError } from '../../core/index.ts'
import { openTriggers, readRules, type Triggers } from '../../core/trigger/index.ts'
import { readFlags } from '../flags.ts'
import { CliHost } from '../host.ts'
import { answers, subcommands } from './subcommands.ts'

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly streams: { readonly stdout: (text: string) => void; readonly stderr: (text: string) => void }
  readonly signal: AbortSignal
}

const help = `Start pipelines for registered models, by the rules of triggers.yml.

Usage: azureml-cd triggers COMMAND [--file triggers.yml] [--ledger PLACE] [--json]

Commands
${Object.entries(subcommands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

  --file PATH         The rules. Default: triggers.yml.
  --ledger PLACE      Where it is kept what was started: a folder, or https://ACCOUNT.table.core.windows.net/TABLE.
                      Default: AZUREML_CD_LEDGER, else .azureml-cd/ledger beside the rules. With
                      AZUREML_CD_LEDGER_CONNECTION_STRING it is the name of a table of that account.
  --model NAME:VERSION  Of check and redeliver; NAME alone narrows history and status.
  --source NAME       Workspace or registry, where triggers.yml names several.
  --rule NAME, --destination NAME
                      Of redeliver.
  --force             Of redeliver: also a version that is older than one that was started.
  --heal              Of sweep: start again what a service that serves something else should serve.
  --wait-seconds N    Of sweep: how long to go on with what is under way. Default: 150.
  --days N            Of prune: how old. Default: 90.
  --limit N           Of history: how many, the newest. Default: 50.
  --json              Print one line of JSON on standard output and everything else on standard error.
`

const values = ['file', 'ledger', 'model', 'source', 'rule', 'destination', 'wait-seconds', 'days', 'limit'] as const
const switches = ['force', 'heal', 'json', 'debug', 'help'] as const

/** The command `azureml-cd triggers`; answers with its exit code. */
export async function triggersCommand(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, streams, signal } = surroundings
  const [command = '--help', ...rest] = argv
  if (command === '--help' || command === '-h' || command === 'help') {
    streams.stdout(help)
    return 0
  }
  const fail = (message: string, code: number) => {
    streams.stderr(`Error: ${plainText(message)}\n`)
    return code
  }
  const found = Object.entries(subcommands).find(([name]) => name === command)?.[1]
  if (!found)
    return fail(`There is no command "${command}" of triggers. Known: ${Object.keys(subcommands).join(', ')}.`, 2)
  const { given, faults } = await readFlags({
    command: `triggers ${command}`,
    args: rest,
    flags: new Map([
      ...values.map((name) => [name, 'value'] as const),
      ...switches.map((name) => [name, 'switch'] as const),
    ]),
  })
  if (given.has('help')) {
    streams.stdout(help)
    return 0
  }
  if (faults.length > 0) return fail(faults.join('\n'), 2)
  const flag = (name: string) => given.get(name)?.at(-1)?.trim() || undefined
  const json = given.has('json')
  const host = new CliHost({ flags: {}, environment, streams, signal, json, debug: given.has('debug') })
  let triggers: Triggers | undefined
  try {
    const file = await readRules(flag('file') ?? 'triggers.yml')
    for (const { message, position } of file.warnings) host.log.warning(message, position)
    triggers = (await openTriggers({ file, host, environment, ledger: flag('ledger') })).triggers
    const answer = await found.run({ triggers, flag, has: (name) => given.has(name) })
    if (json) streams.stdout(`${answers.json(answer.value)}\n`)
    else for (const line of answer.lines) host.log.info(line)
    return answer.code ?? 0
  } catch (error) {
    if (signal.aborted && command === 'run') return 0
    const hint = error instanceof UserError && error.hint ? ` ${error.hint}` : ''
    host.log.error(`${error instanceof Error ? error.message : String(error)}${hint}`)
    return error instanceof InputError ? 2 : 1
  } finally {
    await triggers?.close()
  }
}
