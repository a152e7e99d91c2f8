// Writes the names of the fields that requests to Azure ML may have, from Microsoft's descriptions beside this project,
// for `azureml-cd emulator --strict`. Run it when the descriptions change:
//
//   node scripts/knownFields.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = '../shared/specs/machine-learning/2023-04-01'
const files = ['mfe.json', 'machineLearningServices.json', 'registries.json']

/** Fields that later api-versions have (azureml-api.md, section 2). */
const later = {
  'onlineEndpoints/deployments': ['properties.dataCollector', 'properties.startupProbe'],
  'models/versions': ['properties.datasets'],
  'batchEndpoints/deployments': ['properties.deploymentConfiguration'],
  'datastores/listSecrets': ['expirableSecret', 'expireAfterHours'],
}

/** @typedef {{ [name: string]: Tree } | null} Tree what is known below a field; null is anything, `*` any name */
/** @type {Map<string, any>} */
const documents = new Map()
/** @param {string} path */
const document = (path) => {
  if (!documents.has(path)) documents.set(path, JSON.parse(readFileSync(path, 'utf8')))
  return documents.get(path)
}

/** @param {string} file @param {string} reference @returns {{ file: string, name: string, node: any }} */
function target(file, reference) {
  const [path = '', pointer = ''] = reference.split('#')
  const at = path === '' ? file : join(dirname(file), path)
  const parts = pointer.split('/').slice(1)
  return { file: at, name: parts.at(-1) ?? '', node: parts.reduce((node, part) => node[part], document(at)) }
}

/**
 * @param {string} file @param {any} schema @param {readonly string[]} inside
 * @returns {Tree}
 */
function fields(file, schema, inside) {
  if (schema.$ref) {
    const found = target(file, schema.$ref)
    if (inside.includes(found.name)) return null
    return fieldsOf(found, [...inside, found.name])
  }
  if (schema.type === 'array') return fields(file, schema.items ?? {}, inside)
  return fieldsOf({ file, name: '', node: schema }, inside)
}

/**
 * @param {{ file: string, name: string, node: any }} found @param {readonly string[]} inside
 * @returns {Tree}
 */
function fieldsOf({ file, name, node }, inside) {
  /** @type {{ [name: string]: Tree }} */
  const tree = {}
  const parts = [...(node.allOf ?? [])]
  // Whatever the discriminator may stand for.
  if (node.discriminator)
    for (const [other, child] of Object.entries(document(file).definitions))
      if ((child.allOf ?? []).some((/** @type {any} */ part) => part.$ref?.endsWith(`/definitions/${name}`)))
        parts.push({ $ref: `#/definitions/${other}` })
  for (const part of parts) merge(tree, fields(file, part, inside))
  for (const [field, schema] of Object.entries(node.properties ?? {}))
    merge(tree, { [field]: fields(file, schema, inside) })
  if (typeof node.additionalProperties === 'object') tree['*'] = fields(file, node.additionalProperties, inside)
  return Object.keys(tree).length > 0 ? tree : null
}

/**
 * Adds what one description knows to what another does.
 * @param {{ [name: string]: Tree }} tree @param {Tree} more
 */
function merge(tree, more) {
  for (const [name, below] of Object.entries(more ?? {})) {
    const known = tree[name]
    if (known && below) merge(known, below)
    else tree[name] = below ?? known ?? null
  }
}

/** @type {{ [operation: string]: Tree }} */
const known = {}
for (const name of files) {
  const file = join(folder, name)
  for (const [path, methods] of Object.entries(document(file).paths)) {
    const words = path
      .split(/\/(?:workspaces|registries)\/\{\w+\}\//)[1]
      ?.split('/')
      .filter((word) => !word.startsWith('{'))
      .join('/')
    // Jobs have hundreds of fields, and nothing here looks at them.
    if (words === undefined || /^(jobs|schedules|components|connections)\b/.test(words)) continue
    for (const [method, operation] of Object.entries(methods)) {
      const body = (operation.parameters ?? [])
        .map((/** @type {any} */ one) => (one.$ref ? target(file, one.$ref).node : one))
        .find((/** @type {any} */ one) => one.in === 'body')
      if (!body) continue
      const tree = fields(file, body.schema, [])
      const key = `${method.toUpperCase()} ${words}`
      known[key] ??= {}
      merge(known[key] ?? {}, tree)
      for (const field of later[/** @type {keyof typeof later} */ (words)] ?? []) {
        const at = field.split('.')
        /** @type {{ [name: string]: Tree }} */
        let level = known[key] ?? {}
        for (const part of at.slice(0, -1)) level = level[part] ?? {}
        level[at.at(-1) ?? ''] = null
      }
    }
  }
}
known['POST datastores/listSecrets'] ??= Object.fromEntries(
  later['datastores/listSecrets'].map((field) => [field, null]),
)
const sorted = Object.fromEntries(Object.entries(known).sort(([one], [other]) => (one < other ? -1 : 1)))
writeFileSync('emulator/arm/knownFields.json', `${JSON.stringify(sorted, undefined, 2)}\n`)
console.log(`${Object.keys(sorted).length} operations.`)
