import { z } from 'zod'

/** What hosts need to know of an input beyond its type; manifests, `--help` and the reference page come from it. */
export interface InputMeta {
  readonly kind: 'text' | 'path' | 'flag' | 'choice' | 'number' | 'pairs' | 'list'
  readonly description: string
  /** Never printed, and masked as soon as it is read. */
  readonly secret?: boolean
  /** Shown instead of a value in help texts: `NAME`, `PATH`. */
  readonly placeholder?: string
  /** What a choice chooses from; the first is its default. */
  readonly words?: readonly string[]
  readonly default?: number
}

const metaOf = new WeakMap<z.ZodType, InputMeta>()

/** The description of an input made by one of the functions below. */
export function inputMeta(input: z.ZodType): InputMeta {
  const found =
    metaOf.get(input) ?? (input instanceof z.ZodOptional ? metaOf.get(input.unwrap() as z.ZodType) : undefined)
  if (!found) throw new Error('Every input is made by a function of core/inputs.ts.')
  return found
}

function described<T extends z.ZodType>(input: T, meta: InputMeta): T {
  metaOf.set(input, meta)
  return input
}

/** Free text. Hosts hand in strings only, trimmed; a missing input is undefined. */
export function text(description: string, placeholder = 'TEXT') {
  return described(z.string('is required'), { kind: 'text', description, placeholder })
}

/** Text that is never printed. */
export function secretText(description: string) {
  return described(z.string('is required'), { kind: 'text', description, placeholder: 'SECRET', secret: true })
}

/** Text that satisfies a schema with its own message, such as a name. */
export function checkedText<T extends z.ZodType<string, string>>(schema: T, description: string, placeholder = 'NAME') {
  return described(z.string('is required').pipe(schema), { kind: 'text', description, placeholder })
}

/** A path on this machine, relative to the working folder. */
export function path(description: string) {
  return described(z.string('is required'), { kind: 'path', description, placeholder: 'PATH' })
}

const spokenTrue = new Set(['true', 'yes', 'on', '1'])
const spokenFalse = new Set(['false', 'no', 'off', '0'])

/** `true` or `false`, false when missing. */
export function flag(description: string) {
  const schema = z
    .string()
    .optional()
    .transform((given, context) => {
      const word = given?.toLowerCase() ?? 'false'
      if (spokenTrue.has(word)) return true
      if (spokenFalse.has(word)) return false
      context.issues.push({ code: 'custom', input: given, message: 'must be true or false' })
      return z.NEVER
    })
  return described(schema, { kind: 'flag', description })
}

/** One of a few words; the first is what a missing input means. */
export function choice<const T extends readonly [string, ...string[]]>(words: T, description: string) {
  const schema = z
    .string()
    .optional()
    .transform((given, context): T[number] => {
      const word = words.find((candidate) => candidate === (given ?? words[0]))
      if (word !== undefined) return word
      context.issues.push({ code: 'custom', input: given, message: `must be one of ${words.join(', ')}` })
      return z.NEVER
    })
  return described(schema, {
    kind: 'choice',
    description: `${description} Default: ${words[0]}.`,
    placeholder: words.join('|'),
    words,
  })
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** A number with a default; `unit` is named in the message and belongs at the end of the input's name. */
export function quantity(options: {
  readonly description: string
  readonly unit: string
  readonly default: number
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
}) {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  const schema = z
    .string()
    .optional()
    .transform((given, context) => {
      // Decimal only: Number() alone would take 0x10 for 16.
      const value = given === undefined ? options.default : decimal.test(given) ? Number(given) : Number.NaN
      if (Number.isFinite(value) && value >= min && value <= max && !(options.integer && !Number.isInteger(value)))
        return value
      const kind = options.integer ? 'whole number' : 'number'
      context.issues.push({ code: 'custom', input: given, message: `must be a ${kind} ${range} (${options.unit})` })
      return z.NEVER
    })
  return described(schema, {
    kind: 'number',
    description: `${options.description} Default: ${options.default}.`,
    placeholder: 'NUMBER',
    default: options.default,
  })
}

const separated = 'one a line, or separated by commas (\\, is a comma within one).'

/** `key=value` pairs, one a line or separated by commas. A value may hold further `=`; a key is given once. */
export function pairs(description: string) {
  const schema = z
    .string()
    .optional()
    .transform((given, context) => {
      const entries = new Map<string, string>()
      for (const item of splitItems(given)) {
        const at = item.indexOf('=')
        const key = item.slice(0, Math.max(at, 0)).trim()
        const fault =
          key === '' ? `but "${item}" is none` : entries.has(key) ? `but "${key}" is there twice` : undefined
        if (fault) context.issues.push({ code: 'custom', input: given, message: `must be key=value pairs, ${fault}` })
        entries.set(key, item.slice(at + 1).trim())
      }
      const values: Readonly<Record<string, string>> = Object.fromEntries(entries)
      return values
    })
  return described(schema, {
    kind: 'pairs',
    description: `${description} key=value pairs, ${separated}`,
    placeholder: 'KEY=VALUE,…',
  })
}

/** Several texts, one a line or separated by commas. */
export function list(description: string, placeholder = 'TEXT,…') {
  const schema = z
    .string()
    .optional()
    .transform((given): readonly string[] => splitItems(given))
  return described(schema, {
    kind: 'list',
    description: `${description} Several are given ${separated}`,
    placeholder,
  })
}

/** Several lines make one item each; a single line is split at its commas, save those written `\,`, which are text. */
export function splitItems(given = ''): readonly string[] {
  const items = given.includes('\n')
    ? given.split('\n')
    : given.split(/(?<!\\),/).map((item) => item.replaceAll('\\,', ','))
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

/** The same input, which may be missing. */
export function optional<T extends z.ZodType>(input: T) {
  return described(input.optional(), inputMeta(input))
}
