import { z } from 'zod'
import type { ModulesContent } from '../../azure/iotHub.ts'
import type { ImageEnvironment } from '../../config/imageEnvironment.ts'
import type { EdgeRegistry, IotDeploymentConfig } from '../../config/iotDeployment.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { pullerOf } from '../imagePuller.ts'
import type { ServedModel } from '../target.ts'
import { manifestDigest, modelsText, modelsVariable } from './manifest.ts'

/** An id that content makes: another model version has another one, and the same has the same. */
export function deploymentId(options: {
  readonly service: string
  readonly models: readonly ServedModel[]
  readonly content: ModulesContent
  readonly condition?: string
}): string {
  const { service, models, content, condition = '' } = options
  const version = (models[0]?.version ?? '0')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return `${service.toLowerCase()}-${version}-${manifestDigest(content, condition)}`.replaceAll(/-+/g, '-')
}

/** The registries that devices sign in to: those of the files, and the image's own where it asks for a password. */
export async function registriesFor(
  workspace: Workspace,
  options: {
    readonly config: IotDeploymentConfig
    readonly image: string
    readonly environment: ImageEnvironment | undefined
  },
): Promise<readonly EdgeRegistry[]> {
  const { config, image, environment } = options
  const known = config.registries.some(({ address }) => image.startsWith(`${address.replace(/\/+$/, '')}/`))
  const puller = known ? undefined : await pulledBy(workspace, image, environment)
  return puller ? [...config.registries, puller] : config.registries
}

/** Who pulls an image onto a device; undefined where nobody need sign in. */
export async function pulledBy(
  workspace: Workspace,
  image: string,
  environment?: ImageEnvironment,
): Promise<EdgeRegistry | undefined> {
  const puller = await pullerOf(workspace, {
    ...{ image, environment, identity: undefined },
    refused: {
      who: 'Devices',
      hint: 'Name a user that may pull there (acrCredentials in the deployment configuration), or turn on the administrator of the registry.',
    },
  })
  if (puller.kind !== 'password') return undefined
  return { address: puller.server, username: puller.username, password: puller.password }
}

const moduleSchema = z.looseObject({
  env: z.record(z.string(), z.unknown()).default({}),
  settings: z.looseObject({ image: z.string() }),
})
const agentSchema = z.looseObject({
  runtime: z.looseObject({
    settings: z.looseObject({
      registryCredentials: z
        .record(z.string(), z.looseObject({ username: z.string(), password: z.string(), address: z.string() }))
        .default({}),
    }),
  }),
  modules: z.record(z.string(), moduleSchema),
})
const contentSchema = z.looseObject({ $edgeAgent: z.looseObject({ 'properties.desired': agentSchema }) })

/** What serves, with another model and everything else as it is. */
export function withModel(
  served: ModulesContent,
  next: {
    readonly module: string
    readonly image: string
    readonly models: readonly ServedModel[]
    /** Undefined leaves the credentials as they are. */
    readonly registry: EdgeRegistry | undefined
  },
): ModulesContent {
  const { module, image, models, registry } = next
  const content = contentSchema.parse(served)
  const agent = content.$edgeAgent['properties.desired']
  const was = agent.modules[module]
  if (!was) throw new Error(`The module ${module} is not among those that serve.`)
  const known = agent.runtime.settings.registryCredentials
  const others = Object.entries(known).filter(([, { address }]) => address !== registry?.address)
  const name =
    Object.entries(known).find(([, { address }]) => address === registry?.address)?.[0] ??
    registry?.address.replaceAll(/[^a-zA-Z0-9_-]+/g, '_') ??
    ''
  const credentials = registry ? { ...Object.fromEntries(others), [name]: registry } : known
  return {
    ...content,
    $edgeAgent: {
      'properties.desired': {
        ...agent,
        runtime: { ...agent.runtime, settings: { ...agent.runtime.settings, registryCredentials: credentials } },
        modules: {
          ...agent.modules,
          [module]: {
            ...was,
            version: (models[0]?.version ?? '0').slice(0, 64),
            env: { ...was.env, [modelsVariable]: { value: modelsText(models) } },
            settings: { ...was.settings, image },
          },
        },
      },
    },
  }
}
