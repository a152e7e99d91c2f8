import { InputError } from '../errors.ts'
import type { Context } from '../operation.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { packageImage } from './package.ts'

/**
 * The image that a service runs: the one that is named, or else one that the workspace's container registry builds from
 * the inference configuration and the models. What was built from the same files already is not built again.
 */
export async function serviceImage(
  { host, workspace }: Context,
  options: {
    readonly service: string
    readonly image: string | undefined
    readonly inferenceConfig: string | undefined
    readonly models: readonly ModelVersion[]
    readonly timeoutSeconds: number
    readonly dryRun: boolean
  },
): Promise<string> {
  const { service, image, inferenceConfig, models, timeoutSeconds, dryRun } = options
  if (image !== undefined) return image
  if (inferenceConfig === undefined)
    throw new InputError(
      `Every version of this service is an image of its own: give ${host.spelling('inferenceConfig')} to build it, or ${host.spelling('image')} when it is built already.`,
    )
  const { subscriptionId, resourceGroup, workspace: name, cloud, apiVersion } = workspace.address
  const repository = `azureml-cd/${service.toLowerCase()}`
  const built = await packageImage.run(
    { host, workspace },
    {
      ...{ subscriptionId, resourceGroup, workspace: name, cloud, apiVersion, inferenceConfig, dryRun },
      models: models.map((model) => `${model.name}:${model.version}`),
      ...{ image: repository, builder: 'registry', registry: undefined, push: false, folder: undefined },
      ...{ registryUsername: undefined, registryPassword: undefined, certificates: undefined },
      ...{ keepCertificates: false, buildArguments: {}, fresh: false },
      timeoutSeconds: Math.min(Math.max(Math.ceil(timeoutSeconds), 300), 28_800),
    },
  )
  return built.image === '' ? repository : built.image
}
