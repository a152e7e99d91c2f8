import { InputError } from '../errors.ts'

/** Where a value is in a document: keys and list positions from the root. */
export type ValuePath = readonly (string | number)[]

/** One thing that is wrong in a file. */
export interface Fault {
  /** Counted from 1. */
  readonly line: number
  readonly path: ValuePath
  /** What was given and what is allowed; a sentence that follows the key. */
  readonly message: string
}

/** Something in a file that is understood but not done as written. */
export interface ConfigWarning {
  readonly message: string
  readonly position: { readonly file: string; readonly line: number }
}

/** Past these a list of faults helps nobody. */
const most = 20

/** One error for all faults of a file, each on a line of its own: `file:line: key: what is wrong`. */
export function faultsError(file: string, faults: readonly Fault[]): InputError {
  const sorted = faults.toSorted((one, other) => one.line - other.line)
  const all = [...new Set(sorted.map((fault) => faultLine(file, fault)))]
  const lines = all.slice(0, most)
  const left = all.length - lines.length
  if (left > 0) lines.push(`${file}: ${left} more ${left === 1 ? 'fault is' : 'faults are'} not shown.`)
  return new InputError(lines.join('\n'), { position: { file, line: sorted[0]?.line } })
}

/** `file:line: key: what is wrong`. */
export function faultLine(file: string, { line, path, message }: Fault): string {
  return `${file}:${line}: ${path.length > 0 ? `${printedPath(path)}: ` : ''}${message}`
}

/** `autoScaler.minReplicas`, `requests[0].expect`. */
export function printedPath(path: ValuePath): string {
  const printed = path
    .slice(0, 12)
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      if (!/^[$\w-]{1,100}$/.test(part)) return `[${JSON.stringify(part.slice(0, 60))}]`
      return index === 0 ? part : `.${part}`
    })
    .join('')
  return path.length > 12 ? `${printed}…` : printed
}

/** A value as a message shows it: short, on one line, and never what lies inside an object or a list. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
}
