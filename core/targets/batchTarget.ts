import type { BatchDeploymentConfig } from '../config/batchDeployment.ts'
import { InputError } from '../errors.ts'
import type { Scoring } from '../rollout/probes.ts'
import type { BatchEndpoint } from '../workspace/batchEndpoints.ts'
import { type BatchService, defaultDeploymentOf, readBatchService } from '../workspace/batchService.ts'
import { type JobInput, jobInput } from '../workspace/jobInput.ts'
import { parseModelId } from '../workspace/modelId.ts'
import { batchDeployment, batchDeploymentFrom } from './batchDeployment.ts'
import { withBatchEnvironment } from './batchEnvironment.ts'
import { type BatchResult, rollOutBatch } from './batchRollout.ts'
import { deploymentFor } from './deploymentFor.ts'
import { ensureBatchEndpoint } from './ensureBatchEndpoint.ts'
import { environmentContent } from './environment.ts'
import { ensureAssets, namedAssets, type OnlineAssets } from './onlineAssets.ts'
import { plannedFirst, refusalOf } from './onlineEndpoints.ts'
import type {
  Delivered,
  Delivery,
  DeployOrder,
  ServiceFiles,
  ServiceSecrets,
  ServiceStatus,
  Target,
  TargetContext,
  UpdateOrder,
} from './target.ts'

/** Batch endpoints: services that score many files at once, as jobs on a compute cluster. */
export class BatchTarget implements Target {
  readonly name = 'batch'
  readonly #context: TargetContext

  constructor(context: TargetContext) {
    this.#context = context
  }

  async check(files: ServiceFiles, service: string): Promise<void> {
    const { environment } = withBatchEnvironment(files.inference)
    if (environment?.kind === 'inline') await environmentContent(environment, { service, read: files.read })
  }

  async deploy(given: DeployOrder): Promise<Delivered> {
    const { host, workspace } = this.#context
    const order = { ...given, files: { ...given.files, inference: withBatchEnvironment(given.files.inference) } }
    const { service: name, files, policy, dryRun, tags } = order
    const config = deploymentFor('batch', files.deployment)
    const [model, ...more] = order.models
    if (more.length > 0)
      throw new InputError('A batch endpoint serves one model; register several models as one folder.')
    this.#checkProof(order)
    const compute = await this.#cluster(order, config)
    const input = this.#inputOf(order)
    const service = await readBatchService(workspace, name)
    if (dryRun && !service) {
      host.log.info(`Would create the batch endpoint ${name} and deploy ${model.name}:${model.version} on it.`)
      await input()
      return plannedFirst
    }
    const candidateOf = (assets: OnlineAssets, location: string) =>
      batchDeployment({ model, assets, compute, config, tags, location, scoringScript: files.scoringScript })
    // What is just as it is wanted is told from the service alone: what it refers to is named by its content.
    const named = service && !dryRun ? await namedAssets(workspace, order) : undefined
    const isThere =
      service && named && (await this.#isDefault(service, candidateOf(named, service.endpoint.location).name))
    if (!isThere) await input()
    const assets = isThere && named ? named : await ensureAssets(workspace, order)
    const endpoint =
      service?.endpoint ??
      (await ensureBatchEndpoint({
        ...{ host, workspace, name, timeoutSeconds: policy.timeoutSeconds },
        tags: { ...files.endpoint?.tags, ...tags },
        description: files.endpoint?.description ?? config.description,
      }))
    const candidate = candidateOf(assets, endpoint.location)
    const result = await host.group(`Deploy ${model.name}:${model.version} to ${name}`, () =>
      rollOutBatch({ context: this.#context, order, candidate: () => candidate, input, refusal: refusalOf(model) }),
    )
    return this.#delivered(result, name)
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    const { host } = this.#context
    const { service: name, model } = order
    this.#checkProof(order)
    const candidate = (service: BatchService) => {
      const serving = defaultDeploymentOf(service)
      if (!serving)
        throw new InputError(`The batch endpoint "${name}" has no default deployment, so there is nothing to update.`, {
          hint: 'deploy brings a first model into service.',
        })
      if (serving.model === undefined)
        throw new InputError(
          `The deployment "${serving.name}" of the batch endpoint "${name}" runs no registered model.`,
          { hint: 'deploy makes one that does.' },
        )
      // A candidate is a clone; the same model is what serves already.
      if (serving.model.toLowerCase() === model.id.toLowerCase()) return serving
      return batchDeploymentFrom(serving, model)
    }
    const result = await host.group(`Update ${name} to ${model.name}:${model.version}`, () =>
      rollOutBatch({
        ...{ context: this.#context, order, candidate, input: this.#inputOf(order), refusal: refusalOf(model) },
      }),
    )
    return this.#delivered(result, name)
  }

  async status(name: string): Promise<ServiceStatus | undefined> {
    const { workspace } = this.#context
    const endpoint = await workspace.batchEndpoints.get(name)
    if (!endpoint) return undefined
    const deployments = []
    for await (const deployment of workspace.batchDeployments.list(name)) deployments.push(deployment)
    const { model } = defaultDeploymentOf({ endpoint, deployments }) ?? {}
    const served = model === undefined ? undefined : parseModelId(model)
    return {
      ...{ service: name, state: endpoint.provisioningState, scoringUri: endpoint.scoringUri, takesJobs: true },
      ...{ models: served ? [served] : [], deployments: deployments.map((one) => one.name) },
      traffic: endpoint.defaultDeployment ? { [endpoint.defaultDeployment]: 100 } : {},
      authentication: 'aad-token',
    }
  }

  async *list(): AsyncGenerator<string, void> {
    for await (const { name } of this.#context.workspace.batchEndpoints.list()) yield name
  }

  async scoring(name: string): Promise<Scoring> {
    throw new InputError(`The batch endpoint "${name}" answers no single requests; it runs jobs.`, {
      hint: 'invoke runs it over files.',
    })
  }

  async logs({ service }: { readonly service: string }): Promise<string> {
    throw new InputError(`The batch endpoint "${service}" has no log of its own; each of its jobs has one.`, {
      hint: 'invoke shows that of a job that failed; give it the job to see an earlier one.',
    })
  }

  async secrets(): Promise<ServiceSecrets> {
    return { kind: 'none' }
  }

  async regenerateKey(service: string): Promise<void> {
    throw new InputError(`The batch endpoint "${service}" has no keys to replace: it takes tokens of Microsoft Entra.`)
  }

  remove(service: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<boolean> {
    return this.#context.workspace.batchEndpoints.delete(service, { deadlineSeconds: timeoutSeconds })
  }

  #checkProof({ requests }: Pick<Delivery, 'requests'>): void {
    if (requests.length === 0) return
    const { host } = this.#context
    throw new InputError(
      `${host.spelling('requests')}: a batch endpoint answers no single requests; ${host.spelling('trialInput')} names files that a new version is tried with.`,
    )
  }

  /** Found out once, and not before it is needed: a folder of this machine is uploaded then. */
  #inputOf({ trialInput, dryRun }: Delivery): () => Promise<JobInput | undefined> {
    let found: Promise<JobInput> | undefined
    return async () => {
      if (trialInput === undefined) return undefined
      found ??= jobInput(this.#context.workspace, trialInput, { dryRun })
      return found
    }
  }

  async #cluster({ compute: asked }: DeployOrder, config: BatchDeploymentConfig): Promise<string> {
    const { host, workspace } = this.#context
    const name = asked ?? config.compute
    if (name === undefined)
      throw new InputError(
        `Target batch needs a compute cluster: name it by ${host.spelling('compute')}, or in the deployment configuration.`,
      )
    const compute = await workspace.computes.get(name)
    if (!compute)
      throw new InputError(`There is no compute "${name}" in the workspace "${workspace.address.workspace}".`)
    if (!/^(amlcompute|kubernetes)$/i.test(compute.type))
      throw new InputError(
        `The compute "${name}" is of the kind ${compute.type}; batch endpoints run on compute clusters (AmlCompute) and on Kubernetes.`,
      )
    return compute.id
  }

  async #isDefault({ endpoint, deployments }: BatchService, name: string): Promise<boolean> {
    return endpoint.defaultDeployment === name && deployments.some((one) => one.name === name)
  }

  async #delivered(result: BatchResult, name: string): Promise<Delivered> {
    const { batchEndpoints, batchDeployments } = this.#context.workspace
    const live: BatchEndpoint | undefined = await batchEndpoints.get(name)
    const made = await batchDeployments.get(name, result.deployment)
    return { ...result, state: made?.provisioningState ?? 'planned', scoringUri: live?.scoringUri }
  }
}
