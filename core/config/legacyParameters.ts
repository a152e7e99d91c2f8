import type { ConfigDocument } from './document.ts'
import { parseDocument, type SourceFile } from './document.ts'
import type { ConfigWarning } from './faults.ts'
import { faultsError } from './faults.ts'
import { type LegacyFile, type LegacyKey, legacyKeys } from './legacyKeys.ts'
import { nearest } from './nearest.ts'

/** What a parameter file of the deprecated `aml-*` actions comes to. */
export interface LegacyParameters {
  /** Inputs of today's operations by camelCase key, as a user would write them. */
  readonly inputs: Readonly<Record<string, string>>
  /** The configurations that were part of the file, in the words of today's files; paths are as in the file. */
  readonly inferenceConfig: Readonly<Record<string, unknown>>
  readonly deploymentConfig: Readonly<Record<string, unknown>>
  /** Keys that say something that is not done as it was, each with its successor. */
  readonly warnings: readonly ConfigWarning[]
}

/**
 * Reads a parameter file as it is. Each key is honoured or reported; none passes unread.
 *
 * @throws InputError for what is no JSON object, and for values of a type that a key never had
 */
export function readLegacyParameters(kind: LegacyFile, source: SourceFile): LegacyParameters {
  const document = parseDocument(source)
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw faultsError(source.file, [{ line: 1, path: [], message: 'An object with the parameters is allowed.' }])
  const inputs: Record<string, string> = {}
  const configs = { inference: {} as Record<string, unknown>, deployment: {} as Record<string, unknown> }
  const warnings: ConfigWarning[] = []
  const keys = legacyKeys[kind]
  for (const [name, given] of Object.entries(value)) {
    const key = keys[name]
    if (key === undefined) warnings.push(warning(document, name, unknown(name, Object.keys(keys))))
    else if (saysSomething(key, given)) place(key, given)
  }
  return { inputs, inferenceConfig: configs.inference, deploymentConfig: configs.deployment, warnings }

  function place(key: LegacyKey, given: unknown): void {
    switch (key.kind) {
      case 'input':
        inputs[key.input] = key.words?.[String(given)] ?? asText(given)
        return
      case 'config':
        put(configs[key.file], key.path, given)
        return
      case 'replaced':
        warnings.push(warning(document, key.name, key.successor))
        return
    }
  }
}

function warning(document: ConfigDocument, name: string, message: string): ConfigWarning {
  return { message: `${name}: ${message}`, position: { file: document.file, line: document.line([name]) } }
}

function unknown(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return `This key is not one of the old action's${meant === undefined ? '.' : `; was ${meant} meant?`} It changes nothing.`
}

/** Sample files list every key; what is empty there was not chosen, nor what is false where something would be done. */
function saysSomething({ kind }: LegacyKey, value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false
  if (value === false) return kind !== 'replaced'
  if (Array.isArray(value)) return value.length > 0
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** Objects become key=value pairs, one a line. */
function asText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([key, one]) => `${key}=${typeof one === 'object' ? JSON.stringify(one) : String(one)}`)
    .join('\n')
}

function put(target: Record<string, unknown>, [first, ...rest]: readonly [string, ...string[]], value: unknown): void {
  const [next, ...more] = rest
  if (next === undefined) {
    target[first] = value
    return
  }
  const known = target[first]
  const inner: Record<string, unknown> = typeof known === 'object' && known !== null ? { ...known } : {}
  put(inner, [next, ...more], value)
  target[first] = inner
}
