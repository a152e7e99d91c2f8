import { inputMeta, kebabCase, nearest, type Operation, splitItems } from '../core/index.ts'
import type { Operations } from '../core/operations/index.ts'
import { type FlagKind, readFlags } from './flags.ts'

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
export async function parseArguments(argv: readonly string[], operations: Operations): Promise<Parsed> {
  const [command, ...args] = argv
  if (command === undefined || command === '--help' || command === '-h') return { kind: 'overview' }
  if (command === 'help')
    return args[0] === undefined ? { kind: 'overview' } : parseArguments([args[0], '--help'], operations)
  if (command === '--version') return { kind: 'version' }
  if (command === 'emulator') return { kind: 'emulator', args }
  const load = Object.hasOwn(operations, command) ? operations[command] : undefined
  if (load) return parseFlags(await load(), args)
  const names = [...Object.keys(operations), 'emulator', 'triggers', 'relay']
  const suggestion = nearest(command, [...names, 'help', '--help', '--version'])
  const mend = suggestion ? `Did you mean "${suggestion}"?` : `Known: ${names.join(', ')}.`
  return { kind: 'fault', message: `There is no operation "${command}". ${mend}` }
}

async function parseFlags(operation: Operation, args: readonly string[]): Promise<Parsed> {
  const inputs = Object.entries(operation.inputs).map(([key, input]) => ({ key, kind: inputMeta(input).kind }))
  const { given, faults } = await readFlags({
    command: operation.name,
    args,
    flags: new Map<string, FlagKind>([
      ...inputs.map(({ key, kind }) => [kebabCase(key), kind === 'flag' ? 'true-or-false' : 'value'] as const),
      ...(['json', 'debug', 'help'] as const).map((name) => [name, 'switch'] as const),
    ]),
  })
  if (given.has('help')) return { kind: 'help', operation }
  if (faults.length > 0) return { kind: 'fault', message: faults.join('\n') }
  const flags: Record<string, string> = {}
  for (const { key, kind } of inputs) {
    const values = given.get(kebabCase(key))
    if (values) flags[key] = kind === 'pairs' || kind === 'list' ? joined(values) : (values.at(-1) ?? '')
  }
  return { kind: 'operation', operation, flags, json: given.has('json'), debug: given.has('debug') }
}

/** Given again, pairs and lists grow; of anything else the last one counts, as everywhere. */
function joined(values: readonly string[]): string {
  const [only, ...more] = values.filter((value) => value.trim() !== '')
  // One line an item, whichever way each value separates its own.
  return more.length === 0 ? (only ?? '') : [only, ...more].flatMap(splitItems).join('\n')
}
