import { valueAt } from './check.ts'
import type { ConfigDocument } from './document.ts'
import { type ConfigWarning, printedPath, type ValuePath } from './faults.ts'

/** One warning that lists those of the keys that the document sets, at the first of them; none when it sets none. */
export function ignoredKeysWarning(
  document: ConfigDocument,
  paths: readonly ValuePath[],
  /** Who does not take them, as a sentence begins with it. */
  who = 'A managed endpoint',
): ConfigWarning[] {
  const present = paths.filter((path) => saysSomething(valueAt(document.value, path)))
  if (present.length === 0) return []
  const line = Math.min(...present.map((path) => document.line(path)))
  const keys = present.map(printedPath).join(', ')
  const message = `${who} does not take these keys, so they change nothing: ${keys}.`
  return [{ message, position: { file: document.file, line } }]
}

/** Files that the v1 tools wrote list every key; what is empty or false in them was not chosen. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false
  return typeof value !== 'object' || Object.values(value).some(saysSomething)
}
