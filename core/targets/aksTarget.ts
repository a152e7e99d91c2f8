import type { AksDeploymentConfig } from '../config/aksDeployment.ts'
import { InputError } from '../errors.ts'
import { type RolloutResult, rollOut } from '../rollout/rollOut.ts'
import type { Compute } from '../workspace/computes.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import { deploymentFor } from './deploymentFor.ts'
import { ensureEndpoint } from './ensureEndpoint.ts'
import { instanceTypeFor, kubernetesDeployment, requireCluster, requireOnCluster } from './kubernetes.ts'
import { ensureAssets } from './onlineAssets.ts'
import { OnlineEndpoints, onlyModel, plannedFirst, refusalOf } from './onlineEndpoints.ts'
import type { Delivered, DeployOrder, Target } from './target.ts'
import { rollOutVersion } from './versionRollout.ts'

/** Online endpoints on a Kubernetes cluster that is attached to the workspace: what AKS web services became. */
export class AksTarget extends OnlineEndpoints implements Target {
  readonly name = 'aks'

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { host, workspace } = this.context
    const { service: name, files, policy, dryRun, tags } = order
    const config = deploymentFor('aks', files.deployment)
    const model = onlyModel(order)
    const compute = await this.#cluster(order, config)
    // Told before anything is made.
    instanceTypeFor(compute, config)
    const present = await workspace.endpoints.get(name)
    if (present) requireOnCluster(present, compute)
    if (dryRun && !present) {
      host.log.info(
        `Would create the endpoint ${name} on ${compute.name} and deploy ${model.name}:${model.version} on it.`,
      )
      return plannedFirst
    }
    const assets = await ensureAssets(workspace, order)
    const { authMode, description, keys } = config
    const endpoint =
      present ??
      (await ensureEndpoint({
        ...{ host, workspace, keys, timeoutSeconds: policy.timeoutSeconds, tags: { ...files.endpoint?.tags, ...tags } },
        check: (found) => requireOnCluster(found, compute),
        wanted: {
          ...{ name, kind: 'Kubernetes', authMode, compute: compute.id },
          description: files.endpoint?.description ?? description,
        },
      }))
    const { scoringScript } = files
    const candidate = kubernetesDeployment({
      ...{ compute, model, assets, scoringScript, config, tags, location: endpoint.location },
    })
    const result = await host.group(`Deploy ${model.name}:${model.version} to ${name}`, () =>
      this.#bringIn(order, candidate, config),
    )
    return this.delivered(result, name)
  }

  #bringIn(order: DeployOrder, candidate: DeploymentSpec, { version }: AksDeploymentConfig): Promise<RolloutResult> {
    if (version === undefined)
      return rollOut({
        ...{ ...this.context, policy: order.policy, dryRun: order.dryRun, requests: order.requests },
        ...{ endpoint: order.service, candidate: () => candidate, refusal: refusalOf(order.models[0]) },
      })
    // The first version of an endpoint was called like the endpoint.
    const { name = order.service, trafficPercentile, isDefault } = version
    return rollOutVersion({
      ...{ context: this.context, order, candidate: { ...candidate, name }, trafficPercentile, isDefault },
    })
  }

  async #cluster({ compute: asked }: DeployOrder, config: AksDeploymentConfig): Promise<Compute> {
    const { host, workspace } = this.context
    const name = asked ?? config.compute
    if (name === undefined)
      throw new InputError(
        `Target aks needs an attached cluster: name it by ${host.spelling('compute')}, or by computeTargetName in the deployment configuration.`,
      )
    const compute = await workspace.computes.get(name)
    if (!compute)
      throw new InputError(`There is no compute "${name}" in the workspace "${workspace.address.workspace}".`, {
        hint: 'The operation compute attaches a cluster, or creates one.',
      })
    requireCluster(compute, config)
    return compute
  }
}
