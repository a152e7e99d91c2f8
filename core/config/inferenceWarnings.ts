import type { ConfigDocument } from './document.ts'
import { ignoredEnvironmentKeys } from './environmentSection.ts'
import { type ConfigWarning, shown, type ValuePath } from './faults.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'
import { type ImageEnvironment, lackingForBatch, lacksServer } from './imageEnvironment.ts'
import type { ConfigPurpose, GivenInference } from './inferenceConfig.ts'

/** What of an inference configuration is not done as written, each with the key's line. */
export function inferenceWarnings(options: {
  readonly given: GivenInference
  readonly environment: ImageEnvironment | undefined
  readonly document: ConfigDocument
  readonly purpose: ConfigPurpose
}): ConfigWarning[] {
  const { given, environment, document, purpose } = options
  const warnings: ConfigWarning[] = []
  const warn = (path: ValuePath, message: string) =>
    warnings.push({ message, position: { file: document.file, line: document.line(path) } })

  if (purpose !== 'image') warnManaged({ given, environment, warn, purpose })
  else if (given.cudaVersion !== undefined && given.baseImage === undefined)
    warn(
      ['cudaVersion'],
      `CUDA ${shown(given.cudaVersion)} was given; Microsoft’s inference images of today have CUDA 11.8. Name an image of your own in baseImage for another.`,
    )
  if (purpose === 'batch') warnBatchPackages(environment, warn)
  else if (
    environment?.kind === 'inline' &&
    environment.python.kind === 'conda' &&
    lacksServer(environment.python.content)
  )
    warn(
      ['environment', 'python', 'condaDependencies'],
      purpose === 'managed'
        ? 'The packages contain neither azureml-inference-server-http nor azureml-defaults; without one of them no server answers.'
        : 'The packages contain neither azureml-inference-server-http nor azureml-defaults; the server is added to the image.',
    )
  const unread: ValuePath[] = [['schemaFile'], ...ignoredEnvironmentKeys.map((path) => ['environment', ...path])]
  if (given.environment !== undefined || given.baseImage === undefined) unread.push(['baseImageRegistry'])
  if (purpose !== 'image') {
    unread.push(['build'], ...unreadByManaged.map((path) => ['environment', ...path]))
    return [...warnings, ...ignoredKeysWarning(document, unread, endpointWords[purpose].who)]
  }
  unread.push(['environment', 'docker', 'shmSize'], ['environment', 'docker', 'arguments'])
  return [...warnings, ...ignoredKeysWarning(document, unread, 'A scoring image')]
}

/** What only an image that is built here can honour. */
const unreadByManaged: readonly ValuePath[] = [
  ['python', 'interpreterPath'],
  ['docker', 'gpuSupport'],
  ['docker', 'shmSize'],
  ['docker', 'arguments'],
]

const endpointWords = {
  managed: { who: 'A managed endpoint', gpu: 'when its instanceType has one' },
  batch: { who: 'A batch endpoint', gpu: 'when the machines of its cluster have one' },
} as const

function warnManaged(options: {
  readonly purpose: keyof typeof endpointWords
  readonly given: GivenInference
  readonly environment: ImageEnvironment | undefined
  readonly warn: (path: ValuePath, message: string) => void
}): void {
  const { given, environment, warn, purpose } = options
  const { who, gpu } = endpointWords[purpose]
  if (given.enableGpu || given.cudaVersion !== undefined)
    warn(
      [given.enableGpu ? 'enableGpu' : 'cudaVersion'],
      `${who} has a GPU ${gpu}, and CUDA when its base image has it; enableGpu and cudaVersion choose neither.`,
    )
  if (environment?.kind === 'inline' && environment.base.kind === 'image' && environment.base.registry)
    warn(
      given.baseImageRegistry ? ['baseImageRegistry'] : ['environment', 'docker', 'baseImageRegistry'],
      'Azure ML takes no registry credentials with an environment; let the workspace’s identity pull from this registry.',
    )
}

function warnBatchPackages(
  environment: ImageEnvironment | undefined,
  warn: (path: ValuePath, message: string) => void,
): void {
  if (environment?.kind !== 'inline' || environment.python.kind !== 'conda') return
  const missing = lackingForBatch(environment.python.content)
  if (missing.length > 0)
    warn(
      ['environment', 'python', 'condaDependencies'],
      `The packages do not contain ${missing.join(' and ')}, which Azure ML needs to run a batch scoring script.`,
    )
}
