import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { z } from 'zod'
import { python } from '../../requirements.ts'
import described from './resourceTypes.json' with { type: 'json' }

const bag = z.record(z.string(), z.unknown())
const resource = z.object({ type: z.string(), api_version: z.string(), existing: z.boolean(), config: bag })
const module = z.object({ detail: z.object({ path: z.string() }), config: bag })
const syntaxTree = z.object({
  parameters: z.record(z.string(), z.object({ default: z.unknown() })).default({}),
  variables: bag.default({}),
  resources: z.record(z.string(), resource).default({}),
  modules: z.record(z.string(), module).default({}),
  outputs: bag.default({}),
})
type SyntaxTree = z.output<typeof syntaxTree>

/** Stands for a value that only a deployment knows. */
const expression = '<expression>'

const ajv = new Ajv({ strict: false, allErrors: true })
ajv.addSchema({
  $id: 'azure',
  definitions: Object.fromEntries(
    Object.entries(described.definitions).map(([name, schema]) => [name, { anyOf: [schema, { const: expression }] }]),
  ),
})
const validators = new Map<string, ValidateFunction>(
  Object.entries(described.resources).map(([type, { $ref }]) => [type, ajv.compile({ $ref: `azure${$ref}` })]),
)

/** Reads Bicep files with an independent parser of the language. Throws when one is no Bicep. */
export function parseBicep(paths: readonly string[]): ReadonlyMap<string, SyntaxTree> {
  const script = 'test/relay/deploy/parse_bicep.py'
  const text = execFileSync(python, [script, ...paths], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const trees = z.record(z.string(), syntaxTree).parse(JSON.parse(text))
  return new Map(Object.entries(trees).map(([path, tree]) => [basename(path), tree]))
}

/** What of parsed files is not as Azure's resources are described, or does not fit together; each a sentence. */
export function bicepFaults(trees: ReadonlyMap<string, SyntaxTree>): readonly string[] {
  return [...trees].flatMap(([file, tree]) => [
    ...Object.entries(tree.resources).flatMap(([name, one]) =>
      resourceFaults(one, tree).map((fault) => `${file}: ${name}: ${fault}`),
    ),
    ...Object.entries(tree.modules).flatMap(([name, one]) =>
      moduleFaults(one, trees).map((fault) => `${file}: ${name}: ${fault}`),
    ),
  ])
}

function resourceFaults({ type, api_version: version, existing, config }: z.output<typeof resource>, tree: SyntaxTree) {
  const id = `${type}@${version}`
  const validate = validators.get(id)
  if (!validate) return [`${id} is not among the described types.`]
  const { parent, scope, dependsOn, ...body } = config
  const known = symbolsOf(tree)
  const found = [parent, scope]
    .filter((symbol) => typeof symbol === 'string' && !known.has(symbol))
    .map((symbol) => `${String(symbol)} is declared nowhere.`)
  if (existing) return found
  if (validate(asValue(body, known))) return found
  // Of the branches of a choice, the deepest complaint tells most.
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'const')
  return [
    ...found,
    ...(errors.length > 0 ? errors : (validate.errors ?? [])).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    ),
  ]
}

function moduleFaults({ detail, config }: z.output<typeof module>, trees: ReadonlyMap<string, SyntaxTree>) {
  const tree = trees.get(detail.path)
  if (!tree) return [`there is no ${detail.path}.`]
  // A module with a condition has its content one level deeper.
  const content = bag.parse(config.config ?? config)
  const given = new Set(Object.keys(bag.parse(content.params ?? {})))
  const unknown = [...given].filter((name) => !(name in tree.parameters))
  const missing = Object.entries(tree.parameters).filter(([name, one]) => one.default === null && !given.has(name))
  return [
    ...unknown.map((name) => `${detail.path} has no parameter ${name}.`),
    ...missing.map(([name]) => `${detail.path} needs the parameter ${name}.`),
  ]
}

function symbolsOf({ parameters, variables, resources, modules }: SyntaxTree): ReadonlySet<string> {
  return new Set([parameters, variables, resources, modules].flatMap((part) => Object.keys(part)))
}

/** A value of the tree as JSON. The parser tells names from texts no more: a text that is a declared name is that name. */
function asValue(value: unknown, known: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return known.has(value) || value.includes('${') ? expression : value
  if (Array.isArray(value)) return value.map((item) => asValue(item, known))
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  if (keys.length === 1 && ['operator', 'function'].includes(keys[0] ?? '')) return expression
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asValue(inner, known)]))
}
