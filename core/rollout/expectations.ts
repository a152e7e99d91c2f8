import { type JsonPath, printedJsonPath } from '../config/jsonPath.ts'
import type { Expectation, JsonExpectation } from '../config/requestSchema.ts'
import { assertNever } from '../errors.ts'

/** What came back from a service. */
export interface ScoringResponse {
  readonly status: number
  readonly body: string
  /** From sending the request to having the whole answer. */
  readonly milliseconds: number
}

/** Characters of a body or value that a message shows. */
const longestShown = 200
/** Characters of a text that a regular expression is tried on, so that a slow one ends. */
const longestMatched = 10_000

/**
 * The first way in which an answer is not as expected, as a whole sentence; undefined when it is as expected. The
 * status comes first, then the values in the order of the file, then the time taken.
 */
export function firstDifference(expectation: Expectation, response: ScoringResponse): string | undefined {
  return (
    statusDifference(expectation, response) ??
    jsonDifference(expectation, response) ??
    latencyDifference(expectation, response)
  )
}

function statusDifference({ status }: Expectation, response: ScoringResponse): string | undefined {
  const isRight =
    status === undefined ? response.status >= 200 && response.status < 300 : status.includes(response.status)
  if (isRight) return undefined
  const wanted = status === undefined ? '2xx' : status.join(' or ')
  const body = response.body.trim() === '' ? 'the body is empty' : `the body is ${cut(JSON.stringify(response.body))}`
  return `The status is ${response.status}, expected ${wanted}; ${body}.`
}

function latencyDifference({ maxMilliseconds }: Expectation, { milliseconds }: ScoringResponse): string | undefined {
  if (maxMilliseconds === undefined || milliseconds <= maxMilliseconds) return undefined
  return `The answer took ${Math.ceil(milliseconds)} ms, expected at most ${maxMilliseconds} ms.`
}

function jsonDifference({ json }: Expectation, { body }: ScoringResponse): string | undefined {
  const [first] = json
  if (!first) return undefined
  const answer = parsed(body)
  if (!answer) {
    const said = body.trim() === '' ? 'The body is empty' : `The body is no JSON but ${cut(JSON.stringify(body))}`
    return `${said}, expected a value at ${printedJsonPath(first.path)}.`
  }
  for (const expected of json) {
    const found = valueDifference(expected, answer.value)
    if (found !== undefined) return found
  }
  return undefined
}

function valueDifference(expected: JsonExpectation, body: unknown): string | undefined {
  const where = printedJsonPath(expected.path)
  const place = lookUp(body, expected.path)
  if ('missing' in place) return `${where} is missing: ${place.missing}. Expected ${wanted(expected)}.`
  const { value } = place
  switch (expected.kind) {
    case 'equals':
      return inequality(expected.path, value, expected.value)
    case 'matches': {
      const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      const text = isText ? String(value).slice(0, longestMatched) : undefined
      if (text !== undefined && new RegExp(expected.pattern, 'u').test(text)) return undefined
      return `${where} is ${printed(value)}, expected ${wanted(expected)}.`
    }
    case 'near': {
      const isNear = (number: number) => Math.abs(number - expected.value) <= expected.tolerance
      if (typeof value !== 'number') return `${where} is ${printed(value)}, expected ${wanted(expected)}.`
      if (isNear(value)) return undefined
      // Shortened, a number just outside may look as if it were inside.
      const short = shortNumber(value)
      return `${where} is ${isNear(Number(short)) ? String(value) : short}, expected ${wanted(expected)}.`
    }
    default:
      return assertNever(expected)
  }
}

function wanted(expected: JsonExpectation): string {
  switch (expected.kind) {
    case 'equals':
      return printed(expected.value)
    case 'matches':
      return `text that matches /${cut(expected.pattern)}/`
    case 'near':
      return `${expected.value} ± ${expected.tolerance}`
    default:
      return assertNever(expected)
  }
}

/** The first inequality within two values, with the place where it lies. */
function inequality(path: JsonPath, actual: unknown, expected: unknown): string | undefined {
  const where = printedJsonPath(path)
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) return `${where} has ${counted(actual.length)}, expected ${expected.length}.`
    return firstOf(expected.entries(), ([index, item]) => inequality([...path, index], actual[index], item))
  }
  if (isObject(actual) && isObject(expected)) {
    const extra = Object.keys(actual).find((key) => !Object.hasOwn(expected, key))
    return (
      firstOf(Object.entries(expected), ([key, item]) =>
        Object.hasOwn(actual, key)
          ? inequality([...path, key], actual[key], item)
          : `${printedJsonPath([...path, key])} is missing, expected ${printed(item)}.`,
      ) ??
      (extra === undefined ? undefined : `${where} has the key ${cut(JSON.stringify(extra))}, which is not expected.`)
    )
  }
  if (actual === expected) return undefined
  const bothNumbers = typeof actual === 'number' && typeof expected === 'number'
  const isHidden = bothNumbers && shortNumber(actual) === shortNumber(expected)
  return `${where} is ${isHidden ? String(actual) : printed(actual)}, expected ${isHidden ? String(expected) : printed(expected)}.`
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

type Place = { readonly value: unknown } | { readonly missing: string }

function lookUp(body: unknown, path: JsonPath): Place {
  // Many v1 scripts return `json.dumps(…)`, which the server encodes once more.
  let value = typeof body === 'string' && path.length > 0 ? (parsed(body)?.value ?? body) : body
  for (const [index, part] of path.entries()) {
    const at = printedJsonPath(path.slice(0, index))
    if (typeof part === 'number') {
      if (!Array.isArray(value)) return { missing: `${at} is ${printed(value)}, not a list` }
      const position = part < 0 ? value.length + part : part
      if (position < 0 || position >= value.length) return { missing: `${at} has ${counted(value.length)}` }
      value = value[position]
    } else {
      if (!isObject(value)) return { missing: `${at} is ${printed(value)}, not an object` }
      if (!Object.hasOwn(value, part)) return { missing: `${at} has ${keysOf(value)}` }
      value = value[part]
    }
  }
  return { value }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function counted(items: number): string {
  return `${items} ${items === 1 ? 'item' : 'items'}`
}

function keysOf(object: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(object)
  if (keys.length === 0) return 'no keys'
  return `the ${keys.length === 1 ? 'key' : 'keys'} ${cut(keys.map((key) => JSON.stringify(key)).join(', '))}`
}

/** Six digits tell numbers apart for a reader. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function printed(value: unknown): string {
  if (typeof value === 'number') return shortNumber(value)
  const short = (_: string, inner: unknown) => (typeof inner === 'number' ? Number(shortNumber(inner)) : inner)
  try {
    return cut(JSON.stringify(value, short))
  } catch {
    // What JSON.parse takes without recursion may be too deep for JSON.stringify.
    return 'a value that is nested too deep to be shown'
  }
}

function cut(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown - 1)}…` : text
}
