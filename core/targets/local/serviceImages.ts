import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { Host } from '../../host.ts'
import { buildContext } from '../../image/buildContext.ts'
import { buildInEngine } from '../../image/engineBuild.ts'
import { environmentFolder } from '../../image/environmentFiles.ts'
import { imageSpec } from '../../image/imageSpec.ts'
import { modelImageContext } from '../../image/modelImage.ts'
import type { ScoringImageSpec } from '../../image/scoringImageSpec.ts'
import { downloadModel } from '../../workspace/downloadModel.ts'
import type { ModelVersion } from '../../workspace/modelVersion.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { ServiceFiles } from '../target.ts'

/** What a service's image without models is made of; throws an InputError for what no image can be made of. */
export async function codeSpec(host: Pick<Host, 'log'>, files: ServiceFiles): Promise<ScoringImageSpec> {
  const { inference, code, scoringScript, read } = files
  const { spec, notes } = await imageSpec({ inference, source: code, entryScript: scoringScript, models: [], read })
  for (const { message, position } of notes) host.log.warning(message, position)
  return spec
}

/** The image of a service without models. `changed` is false when it was built from the same files before. */
export async function buildCodeImage(options: {
  readonly host: Pick<Host, 'group' | 'log' | 'signal'>
  readonly engine: Docker
  readonly service: string
  readonly files: ServiceFiles
}): Promise<{ readonly name: string; readonly python: string }> {
  const { host, engine, service, files } = options
  const spec = await codeSpec(host, files)
  const context = await buildContext(spec, host.signal)
  const image = `azureml-cd/${service.toLowerCase()}-code:${context.digest.slice(0, 16)}`
  const registry = spec.base.kind === 'image' ? spec.base.registry : undefined
  const { name } = await buildInEngine({
    host,
    engine,
    context,
    image,
    registry,
    buildArguments: files.inference.build?.arguments ?? {},
  })
  const { packages } = spec
  const python =
    packages.kind === 'user-managed' ? (packages.interpreter ?? 'python') : `${environmentFolder}/bin/python`
  return { name, python }
}

/** The image of a service with these models. */
export async function buildModelImage(options: {
  readonly host: Host
  readonly workspace: Workspace
  readonly engine: Docker
  readonly service: string
  readonly codeImage: string
  readonly models: readonly Pick<ModelVersion, 'name' | 'version' | 'uri'>[]
}): Promise<string> {
  const { host, workspace, engine, service, codeImage } = options
  const folder = await mkdtemp(join(host.temporaryFolder, 'azureml-cd-local-'))
  try {
    const models = []
    for (const version of options.models) models.push(await downloadModel({ host, workspace, folder, version }))
    const context = await modelImageContext({ codeImage, models, signal: host.signal })
    const image = `azureml-cd/${service.toLowerCase()}:${context.digest.slice(0, 16)}`
    return (await buildInEngine({ host, engine, context, image, registry: undefined, buildArguments: {} })).name
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
