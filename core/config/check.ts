import type { z } from 'zod'
import type { ConfigDocument } from './document.ts'
import { type Fault, faultsError, printedPath, shown, type ValuePath } from './faults.ts'
import { nearest } from './nearest.ts'

/** A fault of a rule across keys, reported for one of them. */
export interface RuleFault {
  readonly path: ValuePath
  /** A whole sentence. */
  readonly message: string
}

/** A value of which any key may be missing. */
export type Sparse<T> = { readonly [K in keyof T]?: T[K] | undefined }

interface Check<T, P> {
  readonly document: ConfigDocument
  readonly schema: z.ZodType<T>
  /** The same schema with every key of the root optional: what the rules see when some keys are at fault. */
  readonly partial: z.ZodType<P>
  /** Rules across keys; they run over the keys that parsed. */
  readonly rules: (value: P) => readonly RuleFault[]
  /** Whether a key whose value is null counts as missing, as it did in v1; that is the default. */
  readonly nulls?: 'missing' | 'kept'
}

/**
 * The value of a document as its schema types it.
 *
 * @throws InputError with every fault of the document
 */
export function checkDocument<T, P>({ document, schema, partial, rules, nulls = 'missing' }: Check<T, P>): T {
  const value = nulls === 'missing' ? withoutNulls(document.value) : document.value
  const parsed = schema.safeParse(value)
  const faults: Fault[] = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => faultsOfIssue(document, value, issue))

  const sound = parsed.success ? value : withoutKeys(value, new Set(faults.map(({ path }) => path[0])))
  const seen = partial.safeParse(sound)
  if (seen.success)
    for (const { path, message } of rules(seen.data)) faults.push({ line: document.line(path), path, message })
  if (faults.length > 0 || !parsed.success) throw faultsError(document.file, faults)
  return parsed.data
}

function faultsOfIssue(document: ConfigDocument, root: unknown, issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      line: document.line([...path, key]),
      path: [...path, key],
      message: unknownKey(key, issue.message.split(' ')),
    }))
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({
      line: document.line(path),
      path,
      message: `This key was given; ${message}.`,
    }))
  const given = valueAt(root, path)
  const line = document.line(path)
  if (given === undefined && path.length > 0) {
    const message = `It is missing; ${issue.message.replace(/ (is|are) allowed$/, ' $1 required')}.`
    return [{ line, path, message }]
  }
  const said = isSecret(path) ? 'Something else' : sentenceCase(shown(given))
  return [{ line, path, message: `${said} was given; ${issue.message}.` }]
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  if (meant !== undefined) return `This key is not known; did you mean "${meant}"?`
  return `This key is not known; known here are ${known.filter((name) => name !== '$schema').join(', ')}.`
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Values that must not be printed even when they are at fault. */
function isSecret(path: ValuePath): boolean {
  return /(?:^|\.)(?:keys|password|baseImageRegistry|environmentVariables|headers|secret|token|privateKey|payloadUrl|url)(?:$|[.[])/.test(
    printedPath(path),
  )
}

/** The value at a path of plain objects and lists. */
export function valueAt(root: unknown, path: ValuePath): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.getOwnPropertyDescriptor(value, part)?.value
  }
  return value
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}

function withoutKeys(value: unknown, keys: ReadonlySet<unknown>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)))
}
