import { z } from 'zod'
import type { RuleFault } from './check.ts'
import type { ValuePath } from './faults.ts'
import { anyText, anything, booleanField, pathField, section, textField, textMap } from './fields.ts'

/** Credentials of the registry that holds a base image; all three or none. */
export const registrySchema = section({
  address: textField.optional(),
  username: textField.optional(),
  password: textField.optional(),
})

const condaPackages = 'a list of packages, each a text or an object with the key "pip", is required'
const condaPackage = 'a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed'
/** The content of a conda file. */
export const condaSchema = z.looseObject(
  {
    name: anyText.optional(),
    channels: z.array(anyText, 'a list of texts is allowed').optional(),
    dependencies: z
      .array(z.union([z.string(), section({ pip: z.array(anyText) })], condaPackage), condaPackages)
      .optional(),
  },
  'an object with the content of a conda file is allowed',
)

const pythonSchema = section({
  userManagedDependencies: booleanField.optional(),
  condaDependencies: condaSchema.optional(),
  condaDependenciesFile: pathField.optional(),
  // Not of v1, which knew conda files only.
  pipRequirementsFile: pathField.optional(),
  interpreterPath: textField.optional(),
  baseCondaEnvironment: anything,
})

const dockerSchema = section({
  baseImage: textField.optional(),
  baseDockerfile: textField.optional(),
  baseImageRegistry: registrySchema.optional(),
  enabled: anything,
  sharedVolumes: anything,
  gpuSupport: booleanField.optional(),
  shmSize: anything,
  arguments: anything,
})

const environmentName = textField.refine(
  (name) => !/^(microsoft|azureml)/i.test(name),
  'a name that does not begin with "Microsoft" or "AzureML" is allowed',
)

/** An environment as v1 writes it as JSON (reference v1-surface.md 1.3), whole. */
export const environmentSchema = section({
  $schema: anyText.optional(),
  name: environmentName.optional(),
  version: z.union([z.string(), z.number()], 'a text is allowed').optional(),
  environmentVariables: textMap.optional(),
  python: pythonSchema.optional(),
  docker: dockerSchema.optional(),
  inferencingStackVersion: textField.optional(),
  spark: anything,
  databricks: anything,
})

export type EnvironmentSection = z.output<typeof environmentSchema>

/** Keys of an environment that say nothing about how a model is served, whatever the target. */
export const ignoredEnvironmentKeys: readonly ValuePath[] = [
  ['python', 'baseCondaEnvironment'],
  ['docker', 'enabled'],
  ['docker', 'sharedVolumes'],
  ['spark'],
  ['databricks'],
]

/** What must hold between the keys of an environment; `at` is where it stands in the file. */
export function environmentRules(environment: EnvironmentSection, at: ValuePath): RuleFault[] {
  const { docker = {}, python = {} } = environment
  const faults: RuleFault[] = []
  if (docker.baseImage !== undefined && docker.baseDockerfile !== undefined)
    faults.push({
      path: [...at, 'docker', 'baseDockerfile'],
      message: 'Both baseImage and baseDockerfile were given; one of them is allowed.',
    })
  const sources = (['condaDependencies', 'condaDependenciesFile', 'pipRequirementsFile'] as const).filter(
    (key) => python[key] !== undefined,
  )
  for (const later of sources.slice(1))
    faults.push({
      path: [...at, 'python', later],
      message: `Both ${sources[0]} and ${later} were given; one of them is allowed.`,
    })
  return [...faults, ...registryRules(docker.baseImageRegistry, [...at, 'docker', 'baseImageRegistry'])]
}

/** The credentials of a registry are complete or absent. */
export function registryRules(registry: z.output<typeof registrySchema> | undefined, path: ValuePath): RuleFault[] {
  if (!registry) return []
  const missing = (['address', 'username', 'password'] as const).filter((key) => registry[key] === undefined)
  if (missing.length === 0 || missing.length === 3) return []
  const message = `It lacks ${missing.join(' and ')}; address, username and password are required together.`
  return [{ path, message }]
}
