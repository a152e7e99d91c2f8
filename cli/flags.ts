import { parseArgs } from 'node:util'

/** What may follow a flag: a value, nothing, or nothing and also `=true` or `=false`. */
export type FlagKind = 'value' | 'switch' | 'true-or-false'

export interface GivenFlags {
  /** Every value of each flag that was given, in order; `true` where none was written. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly faults: readonly string[]
}

/** Reads the words after a command. `flags` has the flags it knows, without dashes; -h is short for --help. */
export async function readFlags(options: {
  readonly command: string
  readonly args: readonly string[]
  readonly flags: ReadonlyMap<string, FlagKind>
}): Promise<GivenFlags> {
  const { command, args, flags } = options
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...flags].map(([name, kind]) => [
        name,
        { type: kind === 'value' ? ('string' as const) : ('boolean' as const), ...(name === 'help' && { short: 'h' }) },
      ]),
    ),
    // Not strict: the library's own message for an unknown flag does not know the nearest one.
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const given = new Map<string, string[]>()
  const faults: string[] = []
  let previous: (typeof tokens)[number] | undefined
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const kind = previous?.kind === 'option' ? flags.get(previous.name) : undefined
      if (previous?.kind === 'option') {
        // Such a word is not repeated in the message: it may be a secret that was given to a misspelled flag.
        if (kind === 'value')
          faults.push(`${previous.rawName} takes one value; put one that holds spaces between quotes.`)
        else if (kind)
          faults.push(
            `${previous.rawName} takes no value${kind === 'switch' ? '' : `; no is written ${previous.rawName}=false`}.`,
          )
      } else if (previous?.kind !== 'positional')
        faults.push(`"${token.value}" is not expected here: ${command} takes flags, such as --${[...flags.keys()][0]}.`)
    } else if (token.kind === 'option') {
      const kind = flags.get(token.name)
      const fault = kind === undefined ? await unknown(token.rawName, options) : valueFault(kind, token)
      if (fault) faults.push(fault)
      else given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? 'true'])
    }
    previous = token
  }
  return { given, faults }
}

async function unknown(
  rawName: string,
  options: { readonly command: string; readonly flags: ReadonlyMap<string, unknown> },
): Promise<string> {
  const { command, flags } = options
  // Loaded for this only; the embedded workspace starts without it.
  const { nearest } = await import('../core/index.ts')
  const suggestion = nearest(rawName.replace(/^-+/, ''), flags.keys())
  const mend = suggestion ? `Did you mean --${suggestion}?` : `${command} --help lists its flags.`
  return `${command} has no ${rawName}. ${mend}`
}

function valueFault(
  kind: FlagKind,
  token: { readonly rawName: string; readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
): string | undefined {
  const { rawName, value, inlineValue } = token
  if (kind === 'switch') return value === undefined ? undefined : `${rawName} takes no value.`
  if (kind === 'true-or-false') return undefined
  if (value === undefined) return `${rawName} needs a value.`
  // The next flag, most likely: --workspace --json. A negative number is meant.
  if (!inlineValue && /^-[^\d]/.test(value))
    return `${rawName} needs a value; one that begins with a dash is written ${rawName}=VALUE.`
  return undefined
}
