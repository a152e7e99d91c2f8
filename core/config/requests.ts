import { basename } from 'node:path'
import { checkDocument, type RuleFault, type Sparse, valueAt } from './check.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { type ConfigWarning, faultsError, type ValuePath } from './faults.ts'
import { nearest } from './nearest.ts'
import { anySuccess, type Expectation, type GivenRequests, requestsSchema } from './requestSchema.ts'

export type RequestBody =
  | { readonly kind: 'none' }
  /** JSON as it stands in the file, so that no number loses a digit. */
  | { readonly kind: 'json'; readonly text: string }
  /** The bytes of a file; the path is relative to the folder of the request file. */
  | { readonly kind: 'file'; readonly path: string }

/** A request to a service, and what its answer must be like. */
export interface ScoringRequest {
  readonly name: string
  readonly method: 'POST' | 'GET' | 'OPTIONS'
  /** Begins with one slash; the scoring route is `/score`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: RequestBody
  readonly expect: Expectation
  readonly position: { readonly file: string; readonly line: number }
}

export interface ParsedRequests {
  readonly requests: readonly ScoringRequest[]
  readonly warnings: readonly ConfigWarning[]
}

/** A body of its own may measure this many characters; a managed endpoint takes less. */
const longestBody = 8 * 1_048_576

/**
 * Reads a request file: an object with the key `requests`, or any other JSON or YAML, which is then the body of one
 * request that is to succeed, because such files are what people have.
 *
 * @throws InputError with every fault of the file
 */
export function parseRequests(source: SourceFile): ParsedRequests {
  const body = plainJson(source)
  if (body !== undefined) return oneRequest({ file: source.file, ...body })
  const document = parseDocument(source)
  if (valueAt(document.value, ['requests']) === undefined) {
    if (document.value === null) throw faultsError(source.file, [{ line: 1, path: [], message: 'The file is empty.' }])
    return oneRequest({ file: source.file, text: jsonText(document, []), value: document.value })
  }
  const given = checkDocument({
    document,
    schema: requestsSchema,
    partial: requestsSchema.partial(),
    rules,
    // In a body, and in what an answer must equal, null is a value.
    nulls: 'kept',
  })
  return {
    requests: given.requests.map((request, index) => scoringRequest({ request, index, document })),
    warnings: [],
  }
}

/** A file that is JSON and no list of requests needs no positions, so that it may be long and is read fast. */
function plainJson({ file, text }: SourceFile): { readonly text: string; readonly value: unknown } | undefined {
  if (!/\.json$/i.test(file) || text.length > longestBody) return undefined
  try {
    const plain = text.replace(/^\uFEFF/, '').trim()
    const value: unknown = JSON.parse(plain)
    return valueAt(value, ['requests']) === undefined ? { text: plain, value } : undefined
  } catch {
    return undefined
  }
}

function oneRequest(given: { readonly file: string; readonly text: string; readonly value: unknown }): ParsedRequests {
  const { file, text, value } = given
  const position = { file, line: 1 }
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const meant = keys.find((key) => nearest(key, ['requests']) !== undefined)
  const message = `The file has no key "requests", so it is sent whole as the body of one request; its key "${meant}" is part of that body.`
  return {
    requests: [
      {
        name: basename(file),
        method: 'POST',
        path: '/score',
        headers: {},
        body: { kind: 'json', text },
        expect: anySuccess,
        position,
      },
    ],
    warnings: meant === undefined ? [] : [{ message, position }],
  }
}

function rules({ requests = [] }: Sparse<GivenRequests>): RuleFault[] {
  const faults: RuleFault[] = []
  const names = new Map<string, number>()
  for (const [index, { name, method, body, bodyFile }] of requests.entries()) {
    const fault = (key: string, message: string) => faults.push({ path: ['requests', index, key], message })
    if (body !== undefined && bodyFile !== undefined)
      fault('bodyFile', 'Both body and bodyFile were given; one of them is allowed.')
    if (method === 'GET' && (body !== undefined || bodyFile !== undefined))
      fault('method', '"GET" was given with a body; a body needs "POST".')
    if (name === undefined) continue
    const first = names.get(name)
    if (first === undefined) names.set(name, index)
    else fault('name', `${JSON.stringify(name)} is the name of requests[${first}] already; each name is allowed once.`)
  }
  return faults
}

function scoringRequest(options: {
  readonly request: GivenRequests['requests'][number]
  readonly index: number
  readonly document: ConfigDocument
}): ScoringRequest {
  const { request, index, document } = options
  const at = ['requests', index]
  return {
    name: request.name ?? `request ${index + 1}`,
    method: request.method ?? 'POST',
    path: request.path ?? '/score',
    headers: request.headers ?? {},
    body: bodyOf(request, () => jsonText(document, [...at, 'body'])),
    expect: request.expect ?? anySuccess,
    position: { file: document.file, line: document.line(at) },
  }
}

function bodyOf({ body, bodyFile }: GivenRequests['requests'][number], written: () => string): RequestBody {
  if (bodyFile !== undefined) return { kind: 'file', path: bodyFile }
  return body === undefined ? { kind: 'none' } : { kind: 'json', text: written() }
}

/** A value as JSON: its very text where the file holds JSON, so that no digit of a number is lost. */
function jsonText(document: ConfigDocument, path: ValuePath): string {
  const text = document.source(path)
  if (text !== undefined && isJson(text)) return text
  return JSON.stringify(valueAt(document.value, path))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
