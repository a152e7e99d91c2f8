import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { InputError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { buildContext, writeContext } from '../image/buildContext.ts'
import { parseImageName, taggedImage } from '../image/imageName.ts'
import { imageSpec } from '../image/imageSpec.ts'
import { checkedText, choice, flag, list, optional, pairs, path, quantity, secretText, text } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { imageModels, wantedModels } from './imageModels.ts'
import { imageText } from './imageText.ts'
import { maskCredentials, readInferenceFiles } from './inferenceFiles.ts'
import { registryId } from './registryId.ts'
import { registryLogin } from './registryLogin.ts'
import { readUserFile } from './userFile.ts'

export const packageImage = defineOperation({
  name: 'package',
  title: 'Package a model as an image',
  summary:
    'Build the scoring image of a service, or write its Dockerfile and build context to a folder. What was built from the same files already is not built again.',
  inputs: {
    ...workspaceInputs,
    inferenceConfig: path('Inference configuration, JSON or YAML: entry script, source directory, environment.'),
    models: list(
      'Models in the image: NAME:VERSION or NAME for the newest of the workspace, NAME:VERSION=PATH for files of this machine.',
      'MODEL,…',
    ),
    image: optional(
      checkedText(
        imageText,
        'Name of the image. Without a tag it gets one that is made from its content. Needed unless a folder is given.',
        'IMAGE',
      ),
    ),
    folder: optional(path('Write the Dockerfile and its build context to this empty folder and build nothing.')),
    builder: choice(
      ['docker', 'registry'],
      'What builds: the Docker engine of this machine, or the container registry itself (ACR Tasks), where the agent has no Docker.',
    ),
    registry: optional(
      text('Container registry that builds, by name or ARM id. Default: the one of the workspace.', 'NAME'),
    ),
    push: flag('Push the image to its registry after the Docker engine has built it.'),
    registryUsername: optional(text('User who pushes. Default: who is signed in to Azure, for a registry of Azure.')),
    registryPassword: optional(secretText('Password of that user.')),
    certificates: optional(
      path(
        'File of certificates (PEM) the build trusts, for agents behind a proxy that inspects. None of it stays in the image.',
      ),
    ),
    keepCertificates: flag('Let the image trust these certificates too.'),
    buildArguments: pairs(
      'Build arguments for the installation of packages, such as HTTPS_PROXY or PIP_INDEX_URL. They do not stay in the image.',
    ),
    fresh: flag('Ask for the base image anew and use nothing that was built before.'),
    timeoutSeconds: quantity({
      description: 'How long a build in a registry may take, in seconds.',
      unit: 'seconds',
      default: 3600,
      min: 300,
      max: 28_800,
      integer: true,
    }),
    dryRun: flag('Check everything, print the Dockerfile and build nothing.'),
  },
  outputs: {
    image: z.string().describe('Name of the image, with its tag; empty when none was built.'),
    changed: z.boolean().describe('Whether anything was built, pushed or written.'),
    contextDigest: z.string().describe('Digest of the build context: the same for the same files.'),
    imageId: z.string().optional().describe('Id of the image in the Docker engine of this machine.'),
    imageDigest: z.string().optional().describe('Digest of the image in its registry, once it is pushed.'),
    folder: z.string().optional().describe('Where the build context was written.'),
  },
  rules: ({ image, folder, builder, push, registry, registryUsername, registryPassword, models = [], ...others }) => [
    ...(image === undefined && folder === undefined && !others.dryRun
      ? [{ key: 'image' as const, fault: 'is required unless a folder is given' }]
      : []),
    ...(folder !== undefined && push ? [{ key: 'push' as const, fault: 'cannot be given with a folder' }] : []),
    ...(registry !== undefined && builder === 'docker'
      ? [
          {
            key: 'registry' as const,
            fault: 'is for the builder "registry"; the Docker engine pushes to the registry of the image’s name',
          },
        ]
      : []),
    ...(push && image !== undefined && parseImageName(image)?.registry === undefined && builder === 'docker'
      ? [{ key: 'push' as const, fault: 'needs a registry in the name of the image' }]
      : []),
    ...((registryUsername === undefined) !== (registryPassword === undefined)
      ? [{ key: 'registryUsername' as const, fault: 'and the password of the registry are required together' }]
      : []),
    ...(others.keepCertificates && others.certificates === undefined
      ? [{ key: 'keepCertificates' as const, fault: 'needs certificates' }]
      : []),
    ...(wantedModels.safeParse(models).error?.issues ?? []).map(({ message, path: [index] }) => ({
      key: 'models' as const,
      fault: `${message} (given: ${JSON.stringify(models[Number(index)])})`,
    })),
  ],
  async run({ host, workspace }, inputs) {
    const files = await readInferenceFiles(host, { inferenceConfig: inputs.inferenceConfig, purpose: 'image' })
    const buildArguments = { ...files.inference.build?.arguments, ...inputs.buildArguments }
    maskCredentials(host, inputs.buildArguments)
    const certificates =
      inputs.certificates === undefined
        ? undefined
        : (await readUserFile(host, 'certificates', inputs.certificates)).text
    const scratch = await mkdtemp(join(host.temporaryFolder, 'azureml-cd-package-'))
    try {
      const models = await imageModels({ host, workspace, models: inputs.models, folder: scratch })
      const { spec, notes } = await imageSpec({
        ...{ inference: files.inference, source: files.code, entryScript: files.scoringScript, read: files.read },
        ...{ models, certificates, keepCertificates: inputs.keepCertificates },
        buildArguments: Object.keys(inputs.buildArguments),
      })
      for (const { message, position } of notes) host.log.warning(message, position)
      const context = await buildContext(spec, host.signal)
      const told = {
        ...{ contextDigest: context.digest, image: '', changed: false },
        ...{ imageId: undefined, imageDigest: undefined, folder: undefined },
      }
      if (inputs.dryRun) {
        await host.group('Dockerfile', async () => host.log.info(context.dockerfile))
        host.log.info(`Would build from ${context.files.length} files, ${(context.bytes / 2 ** 20).toFixed(1)} MiB.`)
        return told
      }
      if (inputs.folder !== undefined) {
        await writeContext(context, inputs.folder)
        host.log.info(`Wrote ${context.files.length} files to ${inputs.folder}.`)
        return { ...told, changed: true, folder: inputs.folder }
      }
      const image = taggedImage(inputs.image ?? '', context.digest)
      const base = spec.base.kind === 'image' ? spec.base.registry : undefined
      const build = { host, context, image, buildArguments }
      if (inputs.builder === 'registry') {
        const { buildInRegistry, labelled } = await import('../image/registryBuild.ts')
        const { id, loginServer } = await registryId(workspace, inputs.registry)
        const parsed = parseImageName(image)
        if (parsed?.registry !== undefined && parsed.registry.toLowerCase() !== loginServer.toLowerCase())
          throw new InputError(`The image ${image} is not in the registry ${loginServer}, which builds it.`)
        const own = image.slice(parsed?.registry === undefined ? 0 : parsed.registry.length + 1)
        await buildInRegistry({
          ...{ ...build, image: own, context: labelled(context), registryId: id, baseRegistry: base },
          ...{ client: await workspace.connection.client(), httpClient: workspace.connection.httpClient },
          timeoutSeconds: inputs.timeoutSeconds,
        })
        const name = `${loginServer}/${own}`
        await summary(host, {
          name,
          context: context.digest,
          files: context.files.length,
          bytes: context.bytes,
          changed: true,
        })
        return { ...told, image: name, changed: true }
      }
      const { buildInEngine, pushImage } = await import('../image/engineBuild.ts')
      const { dockerEngine } = await import('../runtime/dockerEngine.ts')
      const engine = await dockerEngine()
      const built = await buildInEngine({ ...build, engine, registry: base, fresh: inputs.fresh })
      const imageDigest = inputs.push
        ? await pushImage({ host, engine, image, login: await registryLogin(workspace, image, inputs) })
        : undefined
      if (inputs.push && imageDigest === undefined)
        throw new UserError(`The registry did not say which digest ${image} has.`)
      await summary(host, {
        name: image,
        context: context.digest,
        files: context.files.length,
        bytes: context.bytes,
        changed: built.changed,
      })
      return { ...told, image, changed: built.changed || inputs.push, imageId: built.id, imageDigest }
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  },
})

async function summary(
  host: Host,
  built: {
    readonly name: string
    readonly context: string
    readonly files: number
    readonly bytes: number
    readonly changed: boolean
  },
): Promise<void> {
  await host.summary(
    [
      `### ${built.changed ? 'Built' : 'Found'} ${cell(built.name)}`,
      '',
      '| | |',
      '|---|---|',
      `| Build context | ${built.files} files, ${(built.bytes / 2 ** 20).toFixed(1)} MiB |`,
      `| Digest of the context | \`${built.context}\` |`,
    ].join('\n'),
  )
}
