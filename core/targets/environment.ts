import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { InlineEnvironment, RegisteredEnvironment } from '../config/imageEnvironment.ts'
import { InputError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** Microsoft's inference image: what an environment starts from that says nothing else. */
export const defaultImage = 'mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference'

/** Reads a file that a configuration names, relative to the folder of the configuration. */
export type ReadNamedFile = (path: string) => Promise<string>

/** An environment as it is to be registered; `undefined` for one that is registered already. */
export interface EnvironmentContent {
  readonly name: string
  /** From the content, so that the same environment is registered once. */
  readonly version: string
  readonly image: string
  readonly condaFile: string | undefined
}

/** What is to be registered for an environment that is written out in a file. No request is sent. */
export async function environmentContent(
  environment: InlineEnvironment,
  { service, read }: { readonly service: string; readonly read: ReadNamedFile },
): Promise<EnvironmentContent> {
  const { base, python, extraDockerfileSteps, name = `azureml-cd-${service}` } = environment
  if (base.kind === 'dockerfile-text' || base.kind === 'dockerfile-path' || extraDockerfileSteps !== undefined)
    throw new InputError(
      'An endpoint of Azure ML gets its image from docker.baseImage; Docker steps of your own are not built for it.',
      {
        hint: 'Build the image, push it to a registry the workspace can read, and name it in docker.baseImage.',
      },
    )
  if (python.kind === 'pip-file')
    throw new InputError(
      'An endpoint of Azure ML gets its packages from a conda file; python.pipRequirementsFile is none.',
      {
        hint: 'List the requirements below "pip" in a conda file.',
      },
    )
  const image = base.kind === 'image' ? base.image : defaultImage
  const condaFile =
    python.kind === 'conda'
      ? stringify(python.content)
      : python.kind === 'conda-file'
        ? await read(python.path)
        : undefined
  const version = createHash('sha256')
    .update(JSON.stringify([image, condaFile ?? null]))
    .digest('hex')
    .slice(0, 16)
  return { name: name.replaceAll(/[^a-zA-Z0-9_-]/g, '-'), version, image, condaFile }
}

/** Registers the environment unless it is there, and returns its ARM id. */
export async function ensureEnvironment(workspace: Workspace, content: EnvironmentContent): Promise<string> {
  const { name, version, image, condaFile } = content
  const there = await workspace.environments.get(name, version)
  return (there ?? (await workspace.environments.put({ name, version, image, condaFile, tags: {}, properties: {} }))).id
}

/** The ARM id of an environment that is registered in the workspace, or the address of one in a registry. */
export async function registeredEnvironmentId(
  workspace: Workspace,
  environment: RegisteredEnvironment,
): Promise<string> {
  const { registry, name, version } = environment
  if (registry !== undefined) {
    const last = version === undefined ? 'labels/latest' : `versions/${version}`
    return `azureml://registries/${registry}/environments/${name}/${last}`
  }
  const found =
    version === undefined ? await workspace.environments.latest(name) : await workspace.environments.get(name, version)
  if (found) return found.id
  throw new InputError(
    `The environment "${name}"${version === undefined ? '' : ` version "${version}"`} is not registered in the workspace.`,
  )
}
