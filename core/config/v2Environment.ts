import { posix } from 'node:path'
import { z } from 'zod'
import { condaSchema } from './environmentSection.ts'
import { anyText, anything, pathField, section, textField, textMap } from './fields.ts'
import { put } from './v2Words.ts'

/** An environment as `az ml` of v2 writes it, in a file of its own or within a deployment. */
export const v2Environment = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  version: z.union([z.string(), z.number()], 'a text is allowed').optional(),
  image: textField.optional(),
  build: section({ path: pathField, dockerfile_path: pathField.optional() }).optional(),
  conda_file: z.union([pathField, condaSchema], 'a path, or the content of a conda file, is allowed').optional(),
  inference_config: anything,
  os_type: anything,
  datastore: anything,
  description: anyText.optional(),
  tags: textMap.optional(),
  properties: anything,
})

/** An environment within a deployment: written out, registered, or in a file of its own. */
export const v2EnvironmentReference = z.union(
  [textField, v2Environment],
  'an environment, azureml:NAME:VERSION, or file:PATH is allowed',
)

/** Puts what an environment of v2 is made of into a document of our words, at the key of the environment. */
export function putEnvironment(
  value: Record<string, unknown>,
  at: readonly string[],
  environment: z.output<typeof v2Environment>,
): void {
  const { conda_file: conda, build } = environment
  const file = typeof conda === 'string' ? { condaDependenciesFile: conda } : { condaDependencies: conda }
  if (conda !== undefined) put(value, [...at, 'python'], file)
  if (!build) return
  const dockerfile = posix.join(build.path, build.dockerfile_path ?? 'Dockerfile')
  put(value, [...at, 'docker', 'baseDockerfile'], dockerfile)
}
