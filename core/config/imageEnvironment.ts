import type { EnvironmentSection } from './environmentSection.ts'

/** Credentials of the registry a base image is pulled from. The password is a secret. */
export interface ImageRegistry {
  readonly address: string
  readonly username: string
  readonly password: string
}

/** What an image begins with. */
export type ImageBase =
  | { readonly kind: 'unspecified' }
  | { readonly kind: 'image'; readonly image: string; readonly registry: ImageRegistry | undefined }
  | { readonly kind: 'dockerfile-text'; readonly text: string }
  | { readonly kind: 'dockerfile-path'; readonly path: string }

/** The Python packages of an image. */
export type PythonPackages =
  | { readonly kind: 'unspecified' }
  /** The image brings its own packages, and `interpreter` is its Python; undefined is `python`. */
  | { readonly kind: 'user-managed'; readonly interpreter?: string | undefined }
  /** The content of a conda file. */
  | { readonly kind: 'conda'; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'conda-file'; readonly path: string }
  /** A file of requirements for pip. */
  | { readonly kind: 'pip-file'; readonly path: string }

/** An environment that is written out in the file. */
export interface InlineEnvironment {
  readonly kind: 'inline'
  readonly name: string | undefined
  readonly version: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly base: ImageBase
  readonly python: PythonPackages
  /** A file of lines that are put at the end of the Dockerfile (2019). */
  readonly extraDockerfileSteps: string | undefined
  /** `latest` asks for Microsoft's inference stack on top of a base image. */
  readonly inferencingStackVersion: string | undefined
  /** Whether the image is to have CUDA where nothing says which image that is. */
  readonly gpu?: boolean
}

/** An environment that is registered in the workspace or in a registry. */
export interface RegisteredEnvironment {
  readonly kind: 'registered'
  /** Undefined is the workspace. */
  readonly registry: string | undefined
  readonly name: string
  /** Undefined is the latest. */
  readonly version: string | undefined
}

/** What a scoring script runs in. */
export type ImageEnvironment = InlineEnvironment | RegisteredEnvironment

const workspaceReference = /^azureml:(?!\/)([a-zA-Z0-9][\w.-]*)(?::([\w.-]+)|@latest)$/
const registryReference =
  /^azureml:\/\/registries\/([\w-]+)\/environments\/([a-zA-Z0-9][\w.-]*)\/(?:versions\/([\w.-]+)|labels\/latest)$/

/** Reads `azureml:NAME:VERSION`, `azureml:NAME@latest` and `azureml://registries/…`; undefined when it is none. */
export function registeredEnvironment(reference: string): RegisteredEnvironment | undefined {
  const own = workspaceReference.exec(reference)
  if (own?.[1] !== undefined) return { kind: 'registered', registry: undefined, name: own[1], version: own[2] }
  const shared = registryReference.exec(reference)
  if (shared?.[2] === undefined) return undefined
  return { kind: 'registered', registry: shared[1], name: shared[2], version: shared[3] }
}

/** The environment of 2020's form. `written` gives scalars as they stand in the file, so that `1.10` is not `1.1`. */
export function inlineEnvironment(
  section: EnvironmentSection,
  written: (path: readonly string[]) => string | undefined,
): InlineEnvironment {
  const { docker = {}, python = {} } = section
  return {
    kind: 'inline',
    name: section.name,
    version: section.version === undefined ? undefined : written(['version']),
    variables: Object.fromEntries(
      Object.entries(section.environmentVariables ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (written(['environmentVariables', name]) ?? String(value)),
      ]),
    ),
    base: imageBase(docker),
    python: pythonPackages(python),
    extraDockerfileSteps: undefined,
    inferencingStackVersion: section.inferencingStackVersion,
    ...(docker.gpuSupport ? { gpu: true } : {}),
  }
}

/** A registry whose rules hold: complete, or absent. */
export function imageRegistry(
  given: { readonly [K in keyof ImageRegistry]?: string | undefined } | undefined,
): ImageRegistry | undefined {
  const { address, username, password } = given ?? {}
  if (address === undefined || username === undefined || password === undefined) return undefined
  return { address, username, password }
}

function imageBase({
  baseImage,
  baseDockerfile,
  baseImageRegistry,
}: NonNullable<EnvironmentSection['docker']>): ImageBase {
  if (baseImage !== undefined) return { kind: 'image', image: baseImage, registry: imageRegistry(baseImageRegistry) }
  if (baseDockerfile === undefined) return { kind: 'unspecified' }
  // The SDK takes a path or the text; a text has several lines or begins as every Dockerfile must.
  const isText = baseDockerfile.includes('\n') || /^\s*(?:#|FROM\s|ARG\s)/i.test(baseDockerfile)
  return isText
    ? { kind: 'dockerfile-text', text: baseDockerfile }
    : { kind: 'dockerfile-path', path: baseDockerfile.replaceAll('\\', '/') }
}

function pythonPackages(python: NonNullable<EnvironmentSection['python']>): PythonPackages {
  if (python.userManagedDependencies)
    return {
      kind: 'user-managed',
      ...(python.interpreterPath === undefined ? {} : { interpreter: python.interpreterPath }),
    }
  if (python.pipRequirementsFile !== undefined) return { kind: 'pip-file', path: python.pipRequirementsFile }
  if (python.condaDependencies !== undefined) return { kind: 'conda', content: python.condaDependencies }
  if (python.condaDependenciesFile !== undefined) return { kind: 'conda-file', path: python.condaDependenciesFile }
  return { kind: 'unspecified' }
}

const servers = ['azureml-defaults', 'azureml-inference-server-http']

/** Whether a conda file's content clearly lacks the server that a scoring image needs. */
export function lacksServer(content: Readonly<Record<string, unknown>>): boolean {
  const text = JSON.stringify(content.dependencies ?? []).toLowerCase()
  return !servers.some((server) => text.includes(server))
}

/** What Azure ML's program for batch scoring scripts imports, by its documentation of batch deployments. */
const batchPackages = ['azureml-core', 'azureml-dataset-runtime']

/** Which of the packages that a batch scoring script is run by a conda file's content clearly lacks. */
export function lackingForBatch(content: Readonly<Record<string, unknown>>): readonly string[] {
  const text = JSON.stringify(content.dependencies ?? []).toLowerCase()
  return batchPackages.filter((name) => !text.includes(name))
}
