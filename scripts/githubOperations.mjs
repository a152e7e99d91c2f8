// Writes test/fakes/github/operations.json: what GitHub's official description says of the few operations that the
// dispatchers call. The description is some hundred megabytes large, so it is no dependency; to take a newer one:
//
//   cd "$(mktemp -d)" && npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
//   node scripts/githubOperations.mjs DIR/package
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const operations = [
  'POST /repos/{owner}/{repo}/dispatches',
  'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
  'GET /repos/{owner}/{repo}/actions/runs',
  'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
  'GET /repos/{owner}/{repo}/installation',
  'POST /app/installations/{installation_id}/access_tokens',
]

const [folder] = process.argv.slice(2)
if (!folder) {
  console.error('Usage: node scripts/githubOperations.mjs FOLDER OF THE UNPACKED PACKAGE')
  process.exit(2)
}
/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const description = read('generated/api.github.com.json')
const { version } = read('package.json')

/** Whatever only people read. */
const prose = new Set(['description', 'examples', 'example', 'title', 'externalDocs', 'summary'])
/** @type {Record<string, unknown>} */
const schemas = {}

/**
 * A part of the description without prose; what it refers to is kept beside it. `properties` are names, not keywords.
 * @param {unknown} value
 * @param {boolean} [areNames]
 * @returns {unknown}
 */
function kept(value, areNames = false) {
  if (Array.isArray(value)) return value.map((item) => kept(item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => areNames || (!prose.has(key) && !key.startsWith('x-')))
    .map(([key, inner]) => [key, kept(inner, !areNames && key === 'properties')])
  const reference = Reflect.get(value, '$ref')
  if (typeof reference === 'string') keep(reference)
  return Object.fromEntries(entries)
}

/** @param {string} reference */
function keep(reference) {
  const name = reference.replace('#/components/schemas/', '')
  if (name in schemas) return
  if (reference === name) throw new Error(`${reference} is no schema.`)
  schemas[name] = {}
  schemas[name] = kept(description.components.schemas[name])
}

/** @param {any} part */
const resolved = (part) =>
  typeof part.$ref === 'string'
    ? part.$ref
        .slice(2)
        .split('/')
        .reduce((/** @type {any} */ at, /** @type {string} */ key) => at[key], description)
    : part

/** @param {any} part */
const jsonSchema = (part) =>
  part?.content?.['application/json'] ? kept(part.content['application/json'].schema) : null

const found = Object.fromEntries(
  operations.map((operation) => {
    const [method = '', path = ''] = operation.split(' ')
    const said = description.paths[path]?.[method.toLowerCase()]
    if (!said) throw new Error(`The description does not know ${operation}.`)
    const parameters = said.parameters.map(resolved).map((/** @type {any} */ one) => ({
      ...{ name: one.name, in: one.in, required: one.required === true, schema: kept(one.schema) },
    }))
    const responses = Object.fromEntries(
      Object.entries(said.responses).map(([status, answer]) => [status, jsonSchema(resolved(answer))]),
    )
    return [operation, { parameters, request: jsonSchema(said.requestBody), responses }]
  }),
)

const target = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'fakes', 'github', 'operations.json')
const source = `@octokit/openapi ${version}, generated/api.github.com.json (MIT)`
writeFileSync(target, `${JSON.stringify({ source, operations: found, schemas }, undefined, 2)}\n`)
