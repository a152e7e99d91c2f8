import { parseCondaFile } from '../config/condaFile.ts'
import type { ImageBase, InlineEnvironment, PythonPackages } from '../config/imageEnvironment.ts'
import type { InferenceConfig } from '../config/inferenceConfig.ts'
import { assertNever, InputError } from '../errors.ts'
import { oldPackages } from './oldPackages.ts'
import type { ImageBeginning, ImageFile, ImageModel, ImagePackages, ScoringImageSpec } from './scoringImageSpec.ts'
import { oldLines } from './v1Names.ts'

/** Microsoft's inference images: what an image begins with that says nothing else. */
export const defaultBaseImages = {
  cpu: 'mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference',
  gpu: 'mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cuda11.8-gpu-inference',
} as const

/** Something that is built as it is written, and worth knowing before it is. */
export interface ImageNote {
  readonly message: string
  readonly position: { readonly file: string; readonly line: number }
}

/**
 * What an image is made of, from a configuration and the files it names. Nothing is sent.
 *
 * @throws InputError for what no image can be built from, before anything is built
 */
export async function imageSpec(options: {
  readonly inference: Pick<InferenceConfig, 'environment' | 'build'>
  readonly source: readonly ImageFile[]
  /** Relative to the source. */
  readonly entryScript: string
  readonly models: readonly ImageModel[]
  /** Reads a file that the configuration names. */
  readonly read: (path: string) => Promise<string>
  /** Instead of those the configuration names. */
  readonly certificates?: string | undefined
  readonly keepCertificates?: boolean
  readonly buildArguments?: readonly string[]
}): Promise<{ readonly spec: ScoringImageSpec; readonly notes: readonly ImageNote[] }> {
  const { inference, source, models, read } = options
  const environment = inlineOf(inference)
  const { packages, notes } = await packagesOf(environment, read)
  const old = await oldLines(source)
  const oldNotes = old.lines.map(({ file, line, message }) => ({ message, position: { file, line } }))
  const base = await beginningOf(environment, read)
  checkModels(models)
  const { build } = inference
  const spec: ScoringImageSpec = {
    base,
    packages,
    variables: environment.variables,
    extraSteps: environment.extraDockerfileSteps && (await read(environment.extraDockerfileSteps)),
    source,
    entryScript: options.entryScript,
    models,
    certificates: options.certificates ?? (build?.certificates && (await read(build.certificates))),
    keepCertificates: options.keepCertificates || build?.keepCertificates === true,
    buildArguments: [...new Set([...Object.keys(build?.arguments ?? {}), ...(options.buildArguments ?? [])])].sort(),
    v1Names: old.standIns && packages.kind !== 'user-managed',
  }
  return { spec, notes: [...notes, ...oldNotes] }
}

const nothingSaid: InlineEnvironment = {
  kind: 'inline',
  name: undefined,
  version: undefined,
  variables: {},
  base: { kind: 'unspecified' },
  python: { kind: 'unspecified' },
  extraDockerfileSteps: undefined,
  inferencingStackVersion: undefined,
}

function inlineOf({ environment }: Pick<InferenceConfig, 'environment'>): InlineEnvironment {
  if (environment === undefined) return nothingSaid
  if (environment.kind === 'inline') return environment
  throw new InputError(
    `The environment "${environment.name}" is registered in Azure ML, which keeps what it is made of; an image can be built from one that is written out.`,
    { hint: 'Download its definition and name that in the inference configuration.' },
  )
}

async function beginningOf(
  { base, gpu = false }: InlineEnvironment,
  read: (path: string) => Promise<string>,
): Promise<ImageBeginning> {
  switch (base.kind) {
    case 'image':
      return { kind: 'image', image: checkedImage(base), registry: base.registry }
    case 'dockerfile-text':
      return { kind: 'dockerfile', text: base.text, context: [] }
    case 'dockerfile-path':
      return { kind: 'dockerfile', text: await read(base.path), context: [] }
    case 'unspecified':
      return { kind: 'image', image: gpu ? defaultBaseImages.gpu : defaultBaseImages.cpu, registry: undefined }
    default:
      return assertNever(base)
  }
}

/** A name is written into a Dockerfile, where a blank or a line break would begin something else. */
function checkedImage({ image, registry }: Extract<ImageBase, { kind: 'image' }>): string {
  if (!/^[A-Za-z0-9][\w./:@-]*$/.test(image))
    throw new InputError(`"${image.slice(0, 200)}" is no name of a base image.`)
  const first = image.split('/')[0] ?? ''
  const named = image.includes('/') && /[.:]|^localhost$/.test(first)
  // As in v1: an image without a registry in its name is in the one that was given.
  return registry && !named ? `${registry.address.replace(/^https?:\/\//, '').replace(/\/+$/, '')}/${image}` : image
}

async function packagesOf(
  { python }: InlineEnvironment,
  read: (path: string) => Promise<string>,
): Promise<{ readonly packages: ImagePackages; readonly notes: readonly ImageNote[] }> {
  const found = await resolved(python, read)
  const file = 'path' in python ? python.path : 'environment'
  return { packages: found, notes: oldPackages(found).map((message) => ({ message, position: { file, line: 1 } })) }
}

async function resolved(python: PythonPackages, read: (path: string) => Promise<string>): Promise<ImagePackages> {
  switch (python.kind) {
    case 'unspecified':
      return { kind: 'of-base' }
    case 'user-managed':
      return { kind: 'user-managed', interpreter: python.interpreter }
    case 'conda':
      return { kind: 'conda', content: python.content }
    case 'conda-file':
      return { kind: 'conda', content: parseCondaFile({ file: python.path, text: await read(python.path) }) }
    case 'pip-file':
      return { kind: 'pip', requirements: ownRequirements(python.path, await read(python.path)) }
    default:
      return assertNever(python)
  }
}

/** An image is built from one file of requirements: what that points to on this machine is not there. */
function ownRequirements(file: string, text: string): string {
  for (const [index, line] of text.split(/\r\n?|\n/).entries())
    if (/^\s*(?:-r|-c|-e|--requirement|--constraint|--editable)\b|^\s*(?:\.{0,2}\/|file:)/.test(line))
      throw new InputError(
        `${file}:${index + 1}: ${JSON.stringify(line.trim().slice(0, 100))} points to a file of this machine; requirements of packages are allowed.`,
        { position: { file, line: index + 1 } },
      )
  return text
}

function checkModels(models: readonly ImageModel[]): void {
  const seen = new Set<string>()
  for (const { name, version } of models) {
    const id = `${name}:${version}`
    if (seen.has(id)) throw new InputError(`The model ${id} is given twice.`)
    seen.add(id)
    if (![name, version].every((part) => /^[a-zA-Z0-9][\w.-]{0,254}$/.test(part)))
      throw new InputError(`The model "${id}" cannot be a folder in an image.`)
  }
}
