import { InputError } from '../errors.ts'
import { endpointScoring, type Scoring } from '../rollout/probes.ts'
import { type RolloutResult, rollOut } from '../rollout/rollOut.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import { parseModelId } from '../workspace/modelId.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { servedFirst } from '../workspace/service.ts'
import { candidateFrom } from './candidate.ts'
import { environmentContent } from './environment.ts'
import type {
  Authentication,
  Delivered,
  DeployOrder,
  LogRequest,
  ServedModel,
  ServiceFiles,
  ServiceSecrets,
  ServiceStatus,
  TargetContext,
  UpdateOrder,
} from './target.ts'
import { unspecifiedEnvironment } from './unspecifiedEnvironment.ts'
import { defaultVersionTag } from './versionTraffic.ts'

const authentications = { Key: 'key', AMLToken: 'aml-token', AADToken: 'aad-token' } as const satisfies Record<
  Endpoint['authMode'],
  Authentication
>

/** What services on online endpoints have in common, whether Azure manages their machines or a cluster does. */
export class OnlineEndpoints {
  protected readonly context: TargetContext

  constructor(context: TargetContext) {
    this.context = context
  }

  async check({ inference, read }: ServiceFiles, service: string): Promise<void> {
    const { environment } = inference
    if (environment?.kind !== 'registered')
      await environmentContent(environment ?? unspecifiedEnvironment, { service, read })
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    const { service, model } = order
    const { host } = this.context
    return this.delivered(
      await host.group(`Update ${service} to ${model.name}:${model.version}`, () =>
        rollOut({
          ...{ ...this.context, ...order, endpoint: service, refusal: refusalOf(model) },
          candidate: (live) => {
            if (live.endpoint.tags[defaultVersionTag] !== undefined)
              throw new InputError(`The endpoint "${service}" has versions that share its requests.`, {
                hint: 'deploy brings in another version, by versionName and trafficPercentile.',
              })
            const candidate = candidateFrom(live, model)
            if (candidate) return candidate
            throw new InputError(`The endpoint "${service}" serves nothing yet, so there is nothing to update.`, {
              hint: 'deploy brings a first model into service.',
            })
          },
        }),
      ),
      service,
    )
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const { workspace } = this.context
    const endpoint = await workspace.endpoints.get(service)
    if (!endpoint) return undefined
    const deployments = []
    for await (const deployment of workspace.deployments.list(service)) deployments.push(deployment)
    const models = new Map<string, ServedModel>()
    for (const { model } of servedFirst({ endpoint, deployments })) {
      const served = model === undefined ? undefined : parseModelId(model)
      if (served && !models.has(served.name)) models.set(served.name, served)
    }
    const { scoringUri, swaggerUri, traffic, provisioningState: state, authMode } = endpoint
    return {
      ...{ service, state, traffic, scoringUri, swaggerUri },
      ...{ models: [...models.values()], deployments: deployments.map(({ name }) => name) },
      authentication: authentications[authMode],
    }
  }

  async *list(): AsyncGenerator<string, void> {
    for await (const { name } of this.context.workspace.endpoints.list()) yield name
  }

  async scoring(service: string, deployment?: string): Promise<Scoring> {
    const { workspace } = this.context
    return endpointScoring(workspace, await this.endpoint(service), deployment)
  }

  async logs({ service, deployment, lines, container }: LogRequest): Promise<string> {
    const { deployments } = this.context.workspace
    const name = deployment ?? (await this.servingDeployment(service))
    const kind = container === 'init' ? 'StorageInitializer' : 'InferenceServer'
    return deployments.logs(service, name, { lines, container: kind })
  }

  async secrets(service: string): Promise<ServiceSecrets> {
    const { endpoints } = this.context.workspace
    const { authMode } = await this.endpoint(service)
    switch (authMode) {
      case 'Key':
        return { kind: 'keys', ...(await endpoints.keys(service)) }
      case 'AMLToken':
        return { kind: 'token', ...(await endpoints.token(service)) }
      case 'AADToken':
        return { kind: 'none' }
    }
  }

  async regenerateKey(service: string, which: 'Primary' | 'Secondary', value?: string): Promise<void> {
    const { authMode } = await this.endpoint(service)
    if (authMode !== 'Key')
      throw new InputError(`The endpoint "${service}" authenticates by ${authMode}; it has no keys to replace.`)
    await this.context.workspace.endpoints.regenerateKey(service, which, value)
  }

  remove(service: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<boolean> {
    return this.context.workspace.endpoints.delete(service, { deadlineSeconds: timeoutSeconds })
  }

  /** The service's endpoint; an InputError when there is none. */
  protected async endpoint(service: string): Promise<Endpoint> {
    const { workspace } = this.context
    const endpoint = await workspace.endpoints.get(service)
    if (endpoint) return endpoint
    throw new InputError(`There is no endpoint "${service}" in the workspace "${workspace.address.workspace}".`)
  }

  /** What takes most of the traffic, or else the only deployment there is. */
  protected async servingDeployment(service: string): Promise<string> {
    const endpoint = await this.endpoint(service)
    const [most] = Object.entries(endpoint.traffic).sort(([, a], [, b]) => b - a)
    if (most && most[1] > 0) return most[0]
    const names: string[] = []
    for await (const { name } of this.context.workspace.deployments.list(service)) names.push(name)
    const [only, ...more] = names
    if (only !== undefined && more.length === 0) return only
    throw new InputError(
      only === undefined
        ? `The endpoint "${service}" has no deployment.`
        : `The endpoint "${service}" serves nothing; say which of its deployments is meant: ${names.join(', ')}.`,
    )
  }

  /** Rolls a candidate out for an order and reads back what is there then. */
  protected async delivered(result: RolloutResult, service: string): Promise<Delivered> {
    const { endpoints, deployments } = this.context.workspace
    const live = await endpoints.get(service)
    const made = await deployments.get(service, result.deployment)
    return {
      ...result,
      state: made?.provisioningState ?? 'planned',
      ...{ scoringUri: live?.scoringUri, swaggerUri: live?.swaggerUri },
    }
  }
}

/** Throws an InputError when there are more. */
export function onlyModel({ models: [model, ...more] }: DeployOrder): ModelVersion {
  if (more.length === 0) return model
  throw new InputError('An online endpoint serves one model; register several models as one folder.')
}

/** What an endpoint remembers of an order when its model is refused. */
export function refusalOf({ name, version }: ModelVersion): string {
  return `${name}:${version}`
}

/** Of a dry run for a service that does not exist yet. */
export const plannedFirst: Delivered = { outcome: 'planned', deployment: '', state: 'planned', before: {}, after: {} }
