import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { Exchange } from '../../emulator/http/exchanges.ts'
import { JsonSchemas } from './contract/jsonSchema.ts'
import { type Node, OpenApi, type Operation, type Parameter } from './contract/openApi.ts'

/** How an exchange differs from what Microsoft describes; `operation` is the described one's id, or method and path. */
export interface Violation {
  readonly operation: string
  readonly where: 'operation' | 'parameter' | 'request body' | 'status' | 'response header' | 'response body'
  readonly what: string
}

/** Checks exchanges against Microsoft's descriptions. */
export class Contract {
  readonly #api = new OpenApi()
  readonly #ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, validateSchema: false })
  readonly #validators = new Map<string, ValidateFunction>()
  readonly #schemas = {
    request: new JsonSchemas(this.#api, 'request'),
    response: new JsonSchemas(this.#api, 'response'),
  }

  constructor() {
    // The module is CommonJS; what it exports depends on who loads it.
    const add = 'default' in addFormats ? addFormats.default : addFormats
    add(this.#ajv)
    this.#ajv.addFormat('duration', /^-?P(?=\d|T\d)(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/)
    for (const unchecked of ['arm-id', 'file', 'password']) this.#ajv.addFormat(unchecked, true)
  }

  /** A request that the server refused may be wrong, unless it was our own client's: that must not send wrong ones. */
  check(exchange: Exchange): readonly Violation[] {
    const { pathname, searchParams } = addressOf(exchange)
    const operation = this.#api.find(exchange.method, pathname)
    const isRefused = exchange.status >= 400
    if (operation === undefined)
      return isRefused
        ? []
        : [{ operation: `${exchange.method} ${generalized(pathname)}`, where: 'operation', what: 'is not described' }]
    const isHeld =
      /azureml-cd/i.test(exchange.userAgent) ||
      // What Microsoft's own clients send is for them to answer for.
      !(isRefused || /azsdk-|AZURECLI\//i.test(exchange.userAgent))
    return [
      ...(isHeld ? this.#requestFaults(operation, { pathname, searchParams, body: exchange.requestBody }) : []),
      ...this.#responseFaults(operation, exchange),
    ].map((fault) => ({ operation: operation.id, ...fault }))
  }

  /** The id of the operation that an exchange is about. */
  operationOf(exchange: Exchange): string | undefined {
    return this.#api.find(exchange.method, addressOf(exchange).pathname)?.id
  }

  get operations(): readonly Operation[] {
    return this.#api.operations
  }

  #requestFaults(
    operation: Operation,
    request: { readonly pathname: string; readonly searchParams: URLSearchParams; readonly body: string },
  ): Omit<Violation, 'operation'>[] {
    const faults: Omit<Violation, 'operation'>[] = []
    const inPath = pathValues(operation, request.pathname)
    for (const parameter of operation.parameters) {
      const value =
        parameter.in === 'path'
          ? inPath.get(parameter.name)
          : parameter.in === 'query'
            ? request.searchParams.get(parameter.name)
            : undefined
      if (parameter.in !== 'path' && parameter.in !== 'query') continue
      if (value == null) {
        if (parameter.required) faults.push({ where: 'parameter', what: `${parameter.name} is missing` })
        continue
      }
      const wrong = parameterFault(parameter, value)
      if (wrong !== undefined) faults.push({ where: 'parameter', what: `${parameter.name} ${wrong}` })
    }
    const known = new Set(operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name))
    for (const name of request.searchParams.keys())
      if (!known.has(name)) faults.push({ where: 'parameter', what: `${name} is not described` })
    const body = operation.parameters.find((one) => one.in === 'body')
    if (body?.schema === undefined) return faults
    if (request.body === '') return body.required ? [...faults, { where: 'request body', what: 'is missing' }] : faults
    const wrong = this.#bodyFaults({ operation, part: 'request', schema: body.schema, text: request.body })
    return [...faults, ...wrong.map((what) => ({ where: 'request body' as const, what }))]
  }

  #responseFaults(operation: Operation, exchange: Exchange): Omit<Violation, 'operation'>[] {
    const described =
      operation.responses[exchange.status] ?? (exchange.status >= 400 ? operation.responses.default : undefined)
    if (described === undefined) return [{ where: 'status', what: `${exchange.status} is not described` }]
    const faults: Omit<Violation, 'operation'>[] = []
    for (const name of Object.keys(described.headers ?? {}))
      if (exchange.headers[name.toLowerCase()] === undefined)
        faults.push({ where: 'response header', what: `${name} is missing with ${exchange.status}` })
    if (described.schema === undefined) return faults
    if (exchange.responseBody === '')
      return [...faults, { where: 'response body', what: `is missing with ${exchange.status}` }]
    const part = `response ${exchange.status < 400 ? exchange.status : 'default'}`
    const wrong = this.#bodyFaults({ operation, part, schema: described.schema, text: exchange.responseBody })
    return [...faults, ...wrong.map((what) => ({ where: 'response body' as const, what }))]
  }

  #bodyFaults(options: {
    readonly operation: Operation
    readonly part: string
    readonly schema: Node
    readonly text: string
  }): readonly string[] {
    const { operation, part, schema, text } = options
    const key = `${operation.id} ${part}`
    const direction = part === 'request' ? 'request' : 'response'
    let validate = this.#validators.get(key)
    if (validate === undefined) {
      const converted = this.#schemas[direction].of(operation.file, schema)
      const { definitions } = this.#schemas[direction]
      validate = this.#ajv.compile({ ...converted, definitions: reachable(converted, definitions) })
      this.#validators.set(key, validate)
    }
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      return ['is not JSON']
    }
    if (validate(body)) return []
    return (validate.errors ?? [])
      .filter(({ keyword }) => keyword !== 'if' && keyword !== 'anyOf')
      .map(
        ({ instancePath, message, params }) =>
          `${instancePath.replace(/\/\d+(?=\/|$)/g, '/*') || '/'} ${message} ${JSON.stringify(params)}`,
      )
  }
}

/** The resource manager does not mind a slash too many; azure-cli sends some. */
function addressOf({ path }: Exchange): URL {
  const address = new URL(path, 'https://localhost')
  address.pathname = address.pathname.replace(/\/{2,}/g, '/')
  return address
}

function reachable(from: Node, definitions: Readonly<Record<string, Node>>): Record<string, Node> {
  const found: Record<string, Node> = {}
  const queue: Node[] = [from]
  for (let node = queue.pop(); node !== undefined; node = queue.pop())
    for (const [, key = ''] of JSON.stringify(node).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      const definition = definitions[key]
      if (definition === undefined || key in found) continue
      found[key] = definition
      queue.push(definition)
    }
  return found
}

function pathValues(operation: Operation, pathname: string): ReadonlyMap<string, string> {
  const values = pathname.split('/')
  return new Map(
    operation.path
      .split('/')
      .map((part, index) => [part, decodeURIComponent(values[index] ?? '')] as const)
      .filter(([part]) => part.startsWith('{'))
      .map(([part, value]) => [part.slice(1, -1), value]),
  )
}

function parameterFault(parameter: Parameter, value: string): string | undefined {
  const { type, pattern, minLength, maxLength, enum: allowed } = parameter
  if (type === 'integer' && !/^-?\d+$/.test(value)) return `is not a whole number: ${value}`
  if (type === 'boolean' && !/^(true|false)$/i.test(value)) return `is neither true nor false: ${value}`
  if (typeof pattern === 'string' && !new RegExp(pattern).test(value)) return `does not match ${pattern}: ${value}`
  if (typeof minLength === 'number' && value.length < minLength) return `is shorter than ${minLength}: ${value}`
  if (typeof maxLength === 'number' && value.length > maxLength) return `is longer than ${maxLength}: ${value}`
  if (Array.isArray(allowed) && !allowed.includes(value)) return `is none of ${allowed.join(', ')}: ${value}`
  return undefined
}

/** A path with its names left out, so that exchanges about one kind of resource are told once. */
function generalized(pathname: string): string {
  const parts = pathname.split('/').slice(1)
  return `/${parts
    .map((part, index) => (index % 2 === 0 || parts[index - 1]?.toLowerCase() === 'providers' ? part : '*'))
    .join('/')}`
}
