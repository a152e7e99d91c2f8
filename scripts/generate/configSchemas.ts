import { z } from 'zod'
import { deploymentSchema } from '../../core/config/deploymentSchema.ts'
import { environmentSchema } from '../../core/config/environmentSection.ts'
import { inferenceSchema } from '../../core/config/inferenceConfig.ts'
import { modelFileSchema } from '../../core/config/modelFile.ts'
import { requestsSchema } from '../../core/config/requestSchema.ts'
import { v2BatchDeployment } from '../../core/config/v2BatchDeployment.ts'
import { v2BatchEndpoint, v2OnlineEndpoint } from '../../core/config/v2Endpoint.ts'
import { v2Environment } from '../../core/config/v2Environment.ts'
import { v2OnlineDeployment } from '../../core/config/v2OnlineDeployment.ts'
import { deploymentKeys, environmentKeys, inferenceKeys, requestKeys } from './keyDescriptions.ts'
import {
  batchDeploymentKeys,
  batchEndpointKeys,
  modelKeys,
  onlineDeploymentKeys,
  onlineEndpointKeys,
  v2EnvironmentKeys,
} from './v2KeyDescriptions.ts'

interface ConfigFile {
  readonly title: string
  readonly schema: z.ZodType
  readonly keys: Readonly<Record<string, string>>
}

/** What users write, by the name of its schema. */
export const configFiles: Readonly<Record<string, ConfigFile>> = {
  inferenceconfig: { title: 'Inference configuration', schema: inferenceSchema, keys: inferenceKeys },
  deploymentconfig: { title: 'Deployment configuration', schema: deploymentSchema, keys: deploymentKeys },
  environment: { title: 'Environment', schema: environmentSchema, keys: environmentKeys },
  requests: { title: 'Request file', schema: requestsSchema, keys: requestKeys },
  'online-endpoint': { title: 'Online endpoint of v2', schema: v2OnlineEndpoint, keys: onlineEndpointKeys },
  'online-deployment': { title: 'Online deployment of v2', schema: v2OnlineDeployment, keys: onlineDeploymentKeys },
  'batch-endpoint': { title: 'Batch endpoint of v2', schema: v2BatchEndpoint, keys: batchEndpointKeys },
  'batch-deployment': { title: 'Batch deployment of v2', schema: v2BatchDeployment, keys: batchDeploymentKeys },
  'v2-environment': { title: 'Environment of v2', schema: v2Environment, keys: v2EnvironmentKeys },
  model: { title: 'Model of v2', schema: modelFileSchema, keys: modelKeys },
}

type Json = Readonly<Record<string, unknown>>

/** JSON Schemas of the files users write, for editors: path from the repository's root → text. */
export function configSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(configFiles).map(([name, file]) => [
      `docs/schemas/${name}.schema.json`,
      `${JSON.stringify(jsonSchemaOf(file), null, 2)}\n`,
    ]),
  )
}

/** Throws when a key has no description: what is new is described before it can be used. */
export function jsonSchemaOf({ title, schema, keys }: ConfigFile): Json {
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-7' })
  const missing: string[] = []
  const described = withDescriptions(made, '', (path) => {
    const text = keys[path]
    if (text === undefined) missing.push(path)
    return text
  })
  if (missing.length > 0)
    throw new Error(`${title}: scripts/generate/keyDescriptions.ts does not describe ${missing.join(', ')}.`)
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, ...described }
}

function withDescriptions(node: Json, path: string, describe: (path: string) => string | undefined): Json {
  const entries = Object.entries(node).map(([key, value]): readonly [string, unknown] => {
    if (key === 'properties' && isObject(value))
      return [
        key,
        Object.fromEntries(
          Object.entries(value).map(([name, inner]) => {
            const at = path === '' ? name : `${path}.${name}`
            const description = describe(at)
            const rest = isObject(inner) ? withDescriptions(inner, at, describe) : {}
            return [name, description === undefined ? rest : { description, ...rest }]
          }),
        ),
      ]
    if (Array.isArray(value))
      return [key, value.map((inner) => (isObject(inner) ? withDescriptions(inner, path, describe) : inner))]
    // Inside a list or among names that users choose, the path is that of the key around it.
    if (isObject(value) && (key === 'items' || key === 'additionalProperties'))
      return [key, withDescriptions(value, path, describe)]
    return [key, value]
  })
  return Object.fromEntries(entries)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
