import { parseArgs } from 'node:util'
import { inputMeta, kebabCase, nearest, type Operation } from '../core/index.ts'

export type Parsed =
  | { readonly kind: 'overview' | 'version' }
  | { readonly kind: 'help'; readonly operation: Operation }
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'emulator'; readonly args: readonly string[] }
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      readonly flags: Readonly<Record<string, string>>
      readonly json: boolean
      readonly debug: boolean
    }

/** Turns the words of a command line into what to do; a word nobody knows is answered with the nearest known one. */
export function parseArguments(argv: readonly string[], operations: readonly Operation[]): Parsed {
  const [command, ...args] = argv
  if (command === undefined || command === 'help' || command === '--help' || command === '-h')
    return { kind: 'overview' }
  if (command === '--version') return { kind: 'version' }
  if (command === 'emulator') return { kind: 'emulator', args }
  const operation = operations.find(({ name }) => name === command)
  if (operation) return parseFlags(operation, args)
  const names = [...operations.map(({ name }) => name), 'emulator']
  const suggestion = nearest(command, names)
  const mend = suggestion ? `Did you mean "${suggestion}"?` : `Known: ${names.join(', ')}.`
  return { kind: 'fault', message: `There is no operation "${command}". ${mend}` }
}

const general = { json: 'boolean', debug: 'boolean', help: 'boolean' } as const

function parseFlags(operation: Operation, args: readonly string[]): Parsed {
  const keys = new Map(Object.keys(operation.inputs).map((key) => [kebabCase(key), key]))
  const options: Record<string, { type: 'boolean' | 'string'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, type] of Object.entries(general)) options[name] ??= { type }
  for (const [name, key] of keys) {
    const input = operation.inputs[key]
    options[name] = { type: input && inputMeta(input).kind === 'flag' ? 'boolean' : 'string' }
  }
  // Not strict: the library's own message for an unknown flag does not know the nearest one.
  const { tokens, values } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const flags: Record<string, string> = {}
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional')
      faults.push(`"${token.value}" is not expected here: inputs are flags, such as --${[...keys.keys()].at(-1)}.`)
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (!option) {
      const suggestion = nearest(token.name, Object.keys(options))
      faults.push(`${operation.name} has no ${token.rawName}.${suggestion ? ` Did you mean --${suggestion}?` : ''}`)
    } else if (option.type === 'string' && token.value === undefined) faults.push(`${token.rawName} needs a value.`)
    const key = keys.get(token.name)
    if (key === undefined) continue
    const value = token.value ?? 'true'
    const meta = operation.inputs[key] && inputMeta(operation.inputs[key])
    // Given again, pairs and lists grow; of anything else the last one counts, as everywhere.
    flags[key] = key in flags && (meta?.kind === 'pairs' || meta?.kind === 'list') ? `${flags[key]}\n${value}` : value
  }
  if (values.help) return { kind: 'help', operation }
  if (faults.length > 0) return { kind: 'fault', message: faults.join('\n') }
  return { kind: 'operation', operation, flags, json: values.json === true, debug: values.debug === true }
}
