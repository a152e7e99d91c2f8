import { InputError } from '../errors.ts'
import { rollOut } from '../rollout/rollOut.ts'
import { ensureCode } from './code.ts'
import { deploymentFor } from './deploymentFor.ts'
import { ensureEnvironment, environmentContent, registeredEnvironmentId } from './environment.ts'
import { ensureManagedEndpoint, managedDeployment, requireManaged } from './managed.ts'
import { OnlineEndpoints, plannedFirst, refusalOf } from './onlineEndpoints.ts'
import type { Delivered, DeployOrder, ServiceFiles, Target } from './target.ts'
import { unspecifiedEnvironment } from './unspecifiedEnvironment.ts'

/** Online endpoints whose machines Azure manages. */
export class ManagedTarget extends OnlineEndpoints implements Target {
  readonly name = 'managed'

  async check({ inference, read }: ServiceFiles, service: string): Promise<void> {
    const { environment } = inference
    if (environment?.kind !== 'registered')
      await environmentContent(environment ?? unspecifiedEnvironment, { service, read })
  }

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { host, workspace } = this.context
    const { service: name, files, policy, dryRun, tags } = order
    const { environment } = files.inference
    const { timeoutSeconds } = policy
    const config = deploymentFor('managed', files.deployment)
    const [model, ...more] = order.models
    if (more.length > 0)
      throw new InputError('A managed endpoint serves one model; register several models as one folder.')
    const present = await workspace.endpoints.get(name)
    if (present) requireManaged(present)
    if (dryRun && !present) {
      host.log.info(`Would create the endpoint ${name} and deploy ${model.name}:${model.version} on it.`)
      return plannedFirst
    }
    const environmentId = await this.#environmentId(order)
    const codeId = await ensureCode(workspace, files.code, { dryRun })
    const endpoint = present ?? (await ensureManagedEndpoint({ host, workspace, name, config, tags, timeoutSeconds }))
    const candidate = managedDeployment({
      ...{ model, codeId, tags, environmentId, config, location: endpoint.location },
      scoringScript: files.scoringScript,
      environmentVariables: environment?.kind === 'inline' ? environment.variables : {},
    })
    const result = await host.group(`Deploy ${model.name}:${model.version} to ${name}`, () =>
      rollOut({
        ...{ host, workspace, policy, dryRun, requests: order.requests, endpoint: name },
        ...{ candidate: () => candidate, refusal: refusalOf(model) },
      }),
    )
    return this.delivered(result, name)
  }

  async #environmentId({ service, files, dryRun }: DeployOrder): Promise<string> {
    const { workspace } = this.context
    const { environment = unspecifiedEnvironment } = files.inference
    if (environment.kind === 'registered') return registeredEnvironmentId(workspace, environment)
    const content = await environmentContent(environment, { service, read: files.read })
    if (dryRun) return `${workspace.id}/environments/${content.name}/versions/${content.version}`
    return ensureEnvironment(workspace, content)
  }
}
