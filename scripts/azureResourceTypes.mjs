// Writes test/relay/deploy/resourceTypes.json: what Microsoft's description of Azure's resources, from which the Bicep
// compiler checks, says of the types that relay/deploy uses, as JSON Schemas. To take a newer one:
//
//   git clone --depth 1 https://github.com/Azure/bicep-types-az
//   node scripts/azureResourceTypes.mjs bicep-types-az/generated
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const wanted = {
  'storage/microsoft.storage/2023-05-01': [
    'Microsoft.Storage/storageAccounts',
    'Microsoft.Storage/storageAccounts/blobServices',
    'Microsoft.Storage/storageAccounts/blobServices/containers',
  ],
  'keyvault/microsoft.keyvault/2023-07-01': ['Microsoft.KeyVault/vaults'],
  'web/microsoft.web/2023-12-01': ['Microsoft.Web/serverfarms', 'Microsoft.Web/sites', 'Microsoft.Web/sites/config'],
  'authorization/microsoft.authorization/2022-04-01': [
    'Microsoft.Authorization/roleAssignments',
    'Microsoft.Authorization/roleDefinitions',
  ],
  'eventgrid/microsoft.eventgrid/2022-06-15': [
    'Microsoft.EventGrid/systemTopics',
    'Microsoft.EventGrid/systemTopics/eventSubscriptions',
  ],
  'machinelearningservices/microsoft.machinelearningservices/2023-04-01': [
    'Microsoft.MachineLearningServices/workspaces',
  ],
}

const [folder] = process.argv.slice(2)
if (!folder) {
  console.error('Usage: node scripts/azureResourceTypes.mjs FOLDER "generated" OF Azure/bicep-types-az')
  process.exit(2)
}

const required = 1
const readOnly = 2

/** @type {Record<string, unknown>} */
const definitions = {}
/** @type {Record<string, { $ref: string }>} */
const resources = {}

for (const [path, names] of Object.entries(wanted)) {
  /** @type {any[]} */
  const types = JSON.parse(readFileSync(join(folder, path, 'types.json'), 'utf8'))
  /** @param {{ $ref: string }} reference */
  const at = ({ $ref }) => {
    const index = Number($ref.slice(2))
    const name = `${path.split('/')[1]}.${index}`
    if (!(name in definitions)) {
      definitions[name] = true
      definitions[name] = schemaOf(types[index])
    }
    return { $ref: `#/definitions/${name}` }
  }

  /** @param {Record<string, any>} properties */
  const members = (properties) => {
    const writable = Object.entries(properties).filter(([, { flags }]) => (flags & readOnly) === 0)
    const needed = writable.filter(([, { flags }]) => (flags & required) !== 0).map(([name]) => name)
    return {
      properties: Object.fromEntries(writable.map(([name, { type }]) => [name, at(type)])),
      ...(needed.length === 0 ? {} : { required: needed }),
    }
  }

  /**
   * @param {any} type
   * @returns {unknown}
   */
  function schemaOf(type) {
    switch (type.$type) {
      case 'StringType':
        return { type: 'string' }
      case 'StringLiteralType':
        return { const: type.value }
      case 'IntegerType':
        return { type: 'integer' }
      case 'BooleanType':
        return { type: 'boolean' }
      case 'AnyType':
        return true
      case 'UnionType':
        return { anyOf: type.elements.map(at) }
      case 'ArrayType':
        return { type: 'array', items: at(type.itemType) }
      case 'ObjectType':
        return {
          type: 'object',
          ...members(type.properties),
          additionalProperties: type.additionalProperties ? at(type.additionalProperties) : false,
        }
      case 'DiscriminatedObjectType':
        return {
          anyOf: Object.values(type.elements).map((/** @type {{ $ref: string }} */ element) => {
            const one = types[Number(element.$ref.slice(2))]
            return schemaOf({ ...one, properties: { ...type.baseProperties, ...one.properties } })
          }),
        }
      default:
        throw new Error(`The type ${type.$type} is not known here.`)
    }
  }

  for (const name of names) {
    const id = `${name}@${path.split('/')[2]}`
    const found = types.find((type) => type.$type === 'ResourceType' && type.name === id)
    if (!found) throw new Error(`The description does not know ${id}.`)
    resources[id] = at(found.body)
  }
}

const target = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'relay', 'deploy', 'resourceTypes.json')
const source = 'Azure/bicep-types-az (MIT), from which the Bicep compiler checks resources'
writeFileSync(target, `${JSON.stringify({ source, resources, definitions })}\n`)
