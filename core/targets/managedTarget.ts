import { rollOut } from '../rollout/rollOut.ts'
import { readService } from '../workspace/service.ts'
import { alreadyServing } from './alreadyServing.ts'
import { deploymentFor } from './deploymentFor.ts'
import { ensureEndpoint } from './ensureEndpoint.ts'
import { managedDeployment, requireManaged } from './managed.ts'
import { ensureAssets, namedAssets, type OnlineAssets } from './onlineAssets.ts'
import { OnlineEndpoints, onlyModel, plannedFirst, refusalOf } from './onlineEndpoints.ts'
import type { Delivered, DeployOrder, Target } from './target.ts'

/** Online endpoints whose machines Azure manages. */
export class ManagedTarget extends OnlineEndpoints implements Target {
  readonly name = 'managed'

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { host, workspace } = this.context
    const { service: name, files, policy, dryRun, tags } = order
    const { timeoutSeconds } = policy
    const config = deploymentFor('managed', files.deployment)
    const model = onlyModel(order)
    const service = await readService(workspace, name)
    const present = service?.endpoint
    if (present) requireManaged(present)
    if (dryRun && !present) {
      host.log.info(`Would create the endpoint ${name} and deploy ${model.name}:${model.version} on it.`)
      return plannedFirst
    }
    const candidateOf = (assets: OnlineAssets, location: string) =>
      managedDeployment({ ...{ ...assets, model, tags, config, location }, scoringScript: files.scoringScript })
    const named = service && !dryRun ? await namedAssets(workspace, order) : undefined
    if (service && named) {
      const now = workspace.connection.clock.now()
      const same = alreadyServing(service, candidateOf(named, service.endpoint.location), { policy, now })
      if (same) return same
    }
    const assets = await ensureAssets(workspace, order)
    const { authMode, description, publicNetworkAccess, keys } = config
    const endpoint =
      present ??
      (await ensureEndpoint({
        ...{ host, workspace, keys, timeoutSeconds, check: requireManaged, tags: { ...files.endpoint?.tags, ...tags } },
        wanted: {
          ...{ name, kind: 'Managed', authMode, publicNetworkAccess },
          description: files.endpoint?.description ?? description,
        },
      }))
    const candidate = candidateOf(assets, endpoint.location)
    const result = await host.group(`Deploy ${model.name}:${model.version} to ${name}`, () =>
      rollOut({
        ...{ host, workspace, policy, dryRun, requests: order.requests, endpoint: name },
        ...{ candidate: () => candidate, refusal: refusalOf(model) },
      }),
    )
    return this.delivered(result, name)
  }
}
