import { z } from 'zod'
import { anyText, pathField, section, textField, wholeNumber, word } from './fields.ts'
import { type JsonPath, parseJsonPath, printedJsonPath } from './jsonPath.ts'

/** What the value at a path of the answer must be. */
export type JsonExpectation =
  | { readonly kind: 'equals'; readonly path: JsonPath; readonly value: unknown }
  /** The source of a regular expression (with the flag `u`) that must match somewhere in a text. */
  | { readonly kind: 'matches'; readonly path: JsonPath; readonly pattern: string }
  | { readonly kind: 'near'; readonly path: JsonPath; readonly value: number; readonly tolerance: number }

/** What an answer must be like. */
export interface Expectation {
  /** The codes that are right; undefined is every 2xx. */
  readonly status: readonly number[] | undefined
  readonly maxMilliseconds: number | undefined
  readonly json: readonly JsonExpectation[]
}

/** What is expected when a file says nothing. */
export const anySuccess: Expectation = { status: undefined, maxMilliseconds: undefined, json: [] }

const longestPattern = 500

const jsonPath = textField.transform((text, context) => {
  const parsed = parseJsonPath(text)
  if ('path' in parsed) return parsed.path
  context.issues.push({ code: 'custom', input: text, message: parsed.fault })
  return z.NEVER
})

const patternAllowed = `a regular expression of at most ${longestPattern} characters is allowed`
const pattern = z.string(patternAllowed).max(longestPattern, patternAllowed).refine(isPattern, patternAllowed)

function isPattern(source: string): boolean {
  if (source.length > longestPattern) return false
  try {
    new RegExp(source, 'u')
    return true
  } catch {
    return false
  }
}

const finite = z.number('a number is required')
const near = section({
  value: finite,
  tolerance: z.number('a number of at least 0 is required').min(0, 'a number of at least 0 is required'),
})

const json = section({
  path: jsonPath,
  equals: z.unknown().optional(),
  matches: pattern.optional(),
  near: near.optional(),
}).transform((given, context): JsonExpectation => {
  const { path, matches } = given
  const kinds = (['equals', 'matches', 'near'] as const).filter((key) => given[key] !== undefined)
  if (kinds.length === 1) {
    if (matches !== undefined) return { kind: 'matches', path, pattern: matches }
    if (given.near !== undefined) return { kind: 'near', path, ...given.near }
    return { kind: 'equals', path, value: given.equals }
  }
  const said = kinds.length === 0 ? 'none' : kinds.join(' and ')
  const message = `exactly one of equals, matches, near is required for ${printedJsonPath(path)}, not ${said}`
  context.issues.push({ code: 'custom', input: given, message })
  return z.NEVER
})

const statusAllowed = 'a status from 100 to 599, or a list of them, is allowed'
const status = z.int(statusAllowed).min(100, statusAllowed).max(599, statusAllowed)

const expectation = section({
  status: z.union([status, z.array(status, statusAllowed).min(1, statusAllowed)], statusAllowed).optional(),
  latencyMilliseconds: section({ max: wholeNumber(1) }).optional(),
  json: z.array(json, 'a list of objects with the key "path" is allowed').optional(),
}).transform(
  (given): Expectation => ({
    status: typeof given.status === 'number' ? [given.status] : given.status,
    maxMilliseconds: given.latencyMilliseconds?.max,
    json: given.json ?? [],
  }),
)

/** Headers that the sender sets: a file that travels with the code holds no credential and pins no deployment. */
const ownHeaders = new Set(['authorization', 'azureml-model-deployment', 'host', 'content-length', 'transfer-encoding'])
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of an HTTP header is required')
  .refine(
    (name) => !ownHeaders.has(name.toLowerCase()),
    `a header other than ${[...ownHeaders].join(', ')} is allowed, for the sender sets these`,
  )
const headerValue = z
  .string('a text on one line is allowed')
  .regex(/^[\t\x20-\x7e]*$/, 'a text of ASCII characters on one line is allowed')

const pathAllowed = 'a path such as "/score", with one slash in front, is allowed'
// One slash exactly: `//host` would send the service's key to another host.
const requestPath = z.string(pathAllowed).regex(/^\/(?![/\\])[\x21-\x7e]*$/, pathAllowed)

export const requestSchema = section({
  name: textField.optional(),
  method: word(['POST', 'GET', 'OPTIONS']).optional(),
  path: requestPath.optional(),
  headers: z.record(headerName, headerValue, 'an object of texts is allowed').optional(),
  body: z.unknown().optional(),
  bodyFile: pathField.optional(),
  expect: expectation.optional(),
})

export const requestsSchema = section({
  $schema: anyText.optional(),
  requests: z
    .array(requestSchema, 'a list of requests is allowed')
    .min(1, 'a list with at least one request is required'),
})

export type GivenRequests = z.output<typeof requestsSchema>
