import { z } from 'zod'
import { checkDocument, type RuleFault, type Sparse, valueAt } from './check.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { entryScriptFault } from './entryScript.ts'
import { environmentPath, parseEnvironmentFile } from './environmentFile.ts'
import { environmentRules, environmentSchema, registryRules, registrySchema } from './environmentSection.ts'
import { type ConfigWarning, faultsError, shown } from './faults.ts'
import { anyText, anything, booleanField, pathField, section, textField, textMap } from './fields.ts'
import { type ImageEnvironment, imageRegistry, inlineEnvironment, registeredEnvironment } from './imageEnvironment.ts'
import { inferenceWarnings } from './inferenceWarnings.ts'
import { inferenceWords } from './v2Deployment.ts'

/**
 * How a model is served: the entry script and what it runs in. Paths are as written, with slashes, and relative to
 * the folder of the file, but for `entryScript`, which is relative to `sourceDirectory` when that is set.
 */
export interface InferenceConfig {
  readonly entryScript: string
  /** The folder that is uploaded whole. Without it, the entry script alone is. */
  readonly sourceDirectory: string | undefined
  /** Undefined when the file says nothing about it; then the caller must know an environment. */
  readonly environment: ImageEnvironment | undefined
  readonly description: string | undefined
  /** How an image is built of it, where one is. */
  readonly build?: ImageBuildSettings | undefined
}

/** What the build of an image needs on this network, and the image does not. */
export interface ImageBuildSettings {
  /** A file of certificates (PEM) that the build trusts. */
  readonly certificates: string | undefined
  /** Whether the image trusts them too. */
  readonly keepCertificates: boolean
  readonly arguments: Readonly<Record<string, string>>
}

/**
 * What a configuration is read for: an environment that a managed endpoint or a batch endpoint is given, or an image that
 * is built here.
 */
export type ConfigPurpose = 'managed' | 'batch' | 'image'

export interface ParsedInferenceConfig {
  readonly config: InferenceConfig
  readonly warnings: readonly ConfigWarning[]
}

const shape = {
  $schema: anyText.optional(),
  entryScript: pathField,
  sourceDirectory: pathField.optional(),
  description: anyText.optional(),
  // The form of 2019; since 2020 all of this stands in `environment`.
  runtime: textField.optional(),
  condaFile: pathField.optional(),
  extraDockerfileSteps: pathField.optional(),
  // The documentation's spelling, which the v1 command line did not read.
  extraDockerFileSteps: pathField.optional(),
  enableGpu: booleanField.optional(),
  cudaVersion: anything,
  baseImage: textField.optional(),
  baseImageRegistry: registrySchema.optional(),
  // Not of v1, whose images were built in Azure.
  build: section({
    certificates: pathField.optional(),
    keepCertificates: booleanField.optional(),
    arguments: textMap.optional(),
  }).optional(),
  // Found in samples, read by nothing.
  schemaFile: anything,
}

const referenceAllowed =
  'an object, or a text such as "azureml:NAME:VERSION", "azureml:NAME@latest" or "file:environment.yml", is allowed'
/** An environment in a file of its own. */
const fileSchema = textField.transform((reference, context) => {
  const path = environmentPath(reference)
  if (path !== undefined) return { kind: 'file' as const, path }
  context.issues.push({ code: 'custom', input: reference, message: referenceAllowed })
  return z.NEVER
})
const registeredSchema = textField.transform((reference, context) => {
  const environment = registeredEnvironment(reference)
  if (environment) return environment
  context.issues.push({ code: 'custom', input: reference, message: referenceAllowed })
  return z.NEVER
})
const inlineSchema = environmentSchema.transform((written) => ({ kind: 'inline' as const, written }))

const withRegistered = section({ ...shape, environment: z.union([fileSchema, registeredSchema], referenceAllowed) })
const withInline = section({ ...shape, environment: inlineSchema.optional() })

/** Every key of an inference configuration, whichever way it names an environment. */
export const inferenceSchema = section({ ...shape, environment: z.union([textField, environmentSchema]).optional() })

type GivenRegistered = z.output<typeof withRegistered>
type GivenInline = z.output<typeof withInline>
type Given = GivenRegistered | GivenInline

/** What was given, whichever way it names an environment. */
export type GivenInference = Given

/**
 * Reads an inference configuration, JSON or YAML, in the form of 2019 or of 2020 (reference v1-surface.md 1.2, 1.3), or
 * what a deployment of v2 says of it.
 *
 * @throws InputError with every fault of the file
 */
export function parseInferenceConfig(
  source: SourceFile,
  purpose: ConfigPurpose = 'managed',
  /** The file that `environmentFileOf` finds in it. */
  environmentFile?: SourceFile,
): ParsedInferenceConfig {
  const document = inferenceWords(parseDocument(source))
  const given: Given =
    typeof valueAt(document.value, ['environment']) === 'string'
      ? checkDocument({ document, schema: withRegistered, partial: withRegistered.partial(), rules })
      : checkDocument({ document, schema: withInline, partial: withInline.partial(), rules })
  const environment = environmentOf(given, document, environmentFile)
  return {
    config: {
      entryScript: given.entryScript,
      sourceDirectory: given.sourceDirectory,
      environment,
      description: given.description,
      ...(given.build === undefined ? {} : { build: buildOf(given.build, document) }),
    },
    warnings: inferenceWarnings({ given, environment, document, purpose }),
  }
}

/** What 2020 moved into `environment`, so that giving both is a contradiction. */
const movedKeys = [
  'runtime',
  'condaFile',
  'extraDockerfileSteps',
  'extraDockerFileSteps',
  'enableGpu',
  'cudaVersion',
  'baseImage',
] as const

function rules(given: Sparse<GivenRegistered> | Sparse<GivenInline>): RuleFault[] {
  const faults: RuleFault[] = []
  const fault = (key: keyof typeof shape, message: string) => faults.push({ path: [key], message })
  const { entryScript, environment, runtime } = given
  if (entryScript !== undefined) {
    const required = entryScriptFault(entryScript, given.sourceDirectory)
    if (required !== undefined) fault('entryScript', `${shown(entryScript)} was given; ${required}.`)
  }
  if (environment !== undefined)
    for (const key of movedKeys)
      if (given[key] !== undefined) fault(key, 'Both this key and environment were given; say it in environment.')
  if (given.extraDockerFileSteps !== undefined && given.extraDockerfileSteps !== undefined)
    fault('extraDockerFileSteps', 'Both spellings of this key were given; extraDockerfileSteps alone is allowed.')
  if (runtime !== undefined && !['python', 'python-slim'].includes(runtime))
    fault(
      'runtime',
      `${shown(runtime)} was given; "python", "python-slim" are allowed. Images with Spark are not built.`,
    )
  faults.push(...registryRules(given.baseImageRegistry, ['baseImageRegistry']))
  if (given.build?.keepCertificates && given.build.certificates === undefined)
    faults.push({ path: ['build', 'keepCertificates'], message: 'True was given without certificates.' })
  if (environment?.kind === 'inline') faults.push(...environmentRules(environment.written, ['environment']))
  return faults
}

function buildOf(build: NonNullable<Given['build']>, document: ConfigDocument): ImageBuildSettings {
  return {
    certificates: build.certificates,
    keepCertificates: build.keepCertificates ?? false,
    arguments: Object.fromEntries(
      Object.entries(build.arguments ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (document.scalar(['build', 'arguments', name]) ?? String(value)),
      ]),
    ),
  }
}

function environmentOf(
  given: Given,
  document: ConfigDocument,
  environmentFile: SourceFile | undefined,
): ImageEnvironment | undefined {
  const { environment } = given
  if (environment?.kind === 'file') {
    if (!environmentFile) {
      const message = `The file ${shown(environment.path)} is not there to be read.`
      throw faultsError(document.file, [{ line: document.line(['environment']), path: ['environment'], message }])
    }
    return parseEnvironmentFile(environmentFile, environment.path)
  }
  if (environment?.kind === 'registered') return environment
  if (environment?.kind === 'inline')
    return inlineEnvironment(environment.written, (path) => document.scalar(['environment', ...path]))
  const steps = given.extraDockerfileSteps ?? given.extraDockerFileSteps
  if ([given.condaFile, given.baseImage, given.runtime, steps, given.enableGpu].every((key) => key === undefined))
    return undefined
  return {
    kind: 'inline',
    name: undefined,
    version: undefined,
    variables: {},
    base:
      given.baseImage === undefined
        ? { kind: 'unspecified' }
        : { kind: 'image', image: given.baseImage, registry: imageRegistry(given.baseImageRegistry) },
    python: given.condaFile === undefined ? { kind: 'unspecified' } : { kind: 'conda-file', path: given.condaFile },
    extraDockerfileSteps: steps,
    inferencingStackVersion: undefined,
    ...(given.enableGpu ? { gpu: true } : {}),
  }
}
