import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { z } from 'zod'
import type { Exchange } from '../fakeServer.ts'
import described from './operations.json' with { type: 'json' }

const node = z.record(z.string(), z.unknown())
const operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: node })),
  request: node.nullable(),
  responses: z.record(z.string(), node.nullable()),
})
const operations = z.record(z.string(), operation).parse(described.operations)

const ajv = new Ajv({ strict: false, coerceTypes: false, allErrors: true, validateFormats: true })
formats.default(ajv)
ajv.addSchema({ $id: 'github', components: { schemas: asJsonSchema(described.schemas) } })

/** What of the exchanges is not as GitHub describes it; each a sentence. */
export function violations(exchanges: readonly Exchange[]): readonly string[] {
  return exchanges.flatMap(violationsOf)
}

/** Which of the described operations the exchanges were about. */
export function operationsOf(exchanges: readonly Exchange[]): ReadonlySet<string> {
  return new Set(exchanges.flatMap((exchange) => find(exchange)?.[0] ?? []))
}

export const describedOperations: readonly string[] = Object.keys(operations)

function violationsOf(exchange: Exchange): readonly string[] {
  const { method, path, query, text, status, answer } = exchange
  const [name, said] = find(exchange) ?? []
  const what = `${method} ${path} → ${status}`
  if (name === undefined || said === undefined) return [`${what}: no such operation.`]
  const found: string[] = []
  for (const parameter of query.keys())
    if (!said.parameters.some((one) => one.in === 'query' && one.name === parameter))
      found.push(`${what}: the query parameter ${parameter} is not described.`)
  // A request that the fake refused may well be wrong.
  if (status < 400 && said.request)
    found.push(...faults(said.request, text === '' ? {} : JSON.parse(text)).map((fault) => `${what}: request${fault}`))
  const response = said.responses[String(status)]
  if (response === undefined && status < 400) found.push(`${what}: the status is not described.`)
  if (response === null && answer !== undefined) found.push(`${what}: no body is described.`)
  if (response) found.push(...faults(response, answer).map((fault) => `${what}: response${fault}`))
  return found
}

function find({ method, path }: Exchange): readonly [string, z.output<typeof operation>] | undefined {
  return Object.entries(operations).find(([name]) => {
    const [wantedMethod, wantedPath = ''] = name.split(' ')
    const pattern = wantedPath.replaceAll(/\{\w+\}/g, '[^/]+')
    return wantedMethod === method && new RegExp(`^${pattern}$`).test(path)
  })
}

function faults(schema: Readonly<Record<string, unknown>>, value: unknown): readonly string[] {
  const validate = ajv.compile({ ...Object(asJsonSchema(schema)), $id: undefined })
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** OpenAPI 3.0's `nullable` is not JSON Schema's, and references lead into the one document. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, ...rest } = { nullable: undefined, ...value }
  const made = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? `github${inner}` : asJsonSchema(inner),
    ]),
  )
  return nullable === true ? { anyOf: [made, { type: 'null' }] } : made
}
