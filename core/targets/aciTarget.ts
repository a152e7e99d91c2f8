import { createHash } from 'node:crypto'
import type { ContainerGroup, ContainerGroups } from '../azure/containerGroups.ts'
import type { AciDeploymentConfig } from '../config/aciDeployment.ts'
import { InputError, UserError } from '../errors.ts'
import type { Scoring } from '../rollout/probes.ts'
import { appInsightsKeyOf } from '../workspace/appInsights.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { deliverGroup, provenOf } from './aciDelivery.ts'
import { authenticationTag, containerGroup, gateName, groupAgain, scoringName } from './aciGroup.ts'
import { untilAnswers } from './aciLiveness.ts'
import { candidateGroup } from './aciRollout.ts'
import { connectionOf, keep, keptOf, newKey, wantedSecrets } from './aciSecrets.ts'
import {
  cnameTag,
  identityOf,
  imageOf,
  modelsOf,
  modelsTag,
  scoringOf,
  serviceTag,
  shownOf,
  workspaceTag,
} from './aciService.ts'
import { deploymentFor } from './deploymentFor.ts'
import { pullerOf } from './imagePuller.ts'
import type {
  Delivered,
  DeployOrder,
  LogRequest,
  ServiceFiles,
  ServiceSecrets,
  ServiceStatus,
  Target,
  TargetContext,
  UpdateOrder,
} from './target.ts'

const removeSeconds = 1800

/** Container groups of Azure Container Instances: one group a service, built from its scoring image. */
export class AciTarget implements Target {
  readonly name = 'aci'
  readonly #context: TargetContext

  constructor(context: TargetContext) {
    this.#context = context
  }

  async check({ deployment }: ServiceFiles, service: string): Promise<void> {
    deploymentFor('aci', deployment)
    if (!/^[a-z][a-z0-9-]{1,56}[a-z0-9]$/.test(service))
      throw new InputError(
        `The name "${service}" is none for ACI: 3 to 58 lower-case letters, digits and "-", first a letter, are allowed.`,
      )
  }

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { host, workspace } = this.#context
    const { service, files, models, image, tags } = order
    const config = deploymentFor('aci', files.deployment)
    if (image === undefined) throw new Error('ACI runs an image, and none was handed to it.')
    const groups = await this.#groups()
    const live = await groups.find(service)
    if (live) this.#requireOwn(live, service)
    const kept = await keptOf(workspace, service)
    const secrets = await wantedSecrets({ config, kept: kept?.secrets, read: files.read })
    for (const secret of Object.values(secrets)) if (secret !== '') host.secret(secret)
    const { environment } = files.inference
    const { location } = await workspace.properties()
    const appInsightsKey = config.appInsightsEnabled ? await appInsightsKeyOf(workspace) : undefined
    const wanted = containerGroup({
      ...{ config, image, secrets, appInsightsKey, location: config.location ?? location },
      label: config.network ? undefined : (config.dnsNameLabel ?? this.#label(service)),
      subnetId: this.#subnetId(config),
      puller: await pullerOf(workspace, { image, environment, identity: config.pullIdentity }),
      environmentVariables: environment?.kind === 'inline' ? environment.variables : {},
      tags: {
        ...tags,
        ...this.#ownTags(service, models),
        ...(config.tls ? { [cnameTag]: config.tls.cname } : {}),
      },
    })
    if (config.authentication === 'key' && !config.tls)
      host.log.warning('Keys travel without TLS: whoever sees the network sees them. Set sslEnabled to protect them.')
    const label = models.map(({ name, version }) => `${name}:${version}`).join(', ')
    return host.group(`Deploy ${label} to ${service}`, () =>
      deliverGroup({ context: this.#context, order, groups, live, kept, wanted, secrets, appInsightsKey }),
    )
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    const { workspace, host } = this.#context
    const { service, model, image } = order
    if (image === undefined) throw new Error('ACI runs an image, and none was handed to it.')
    const groups = await this.#groups()
    const live = await groups.find(service)
    const kept = await keptOf(workspace, service)
    const { group: was, secrets } = provenOf(live, kept)
    if (!was || !secrets) throw new InputError(`There is no service "${service}" on ACI that deploy has made.`)
    this.#requireOwn(was, service)
    const appInsightsKey = await this.#appInsightsKey(was)
    const puller = await pullerOf(workspace, { image, environment: undefined, identity: identityOf(was) })
    const tags = this.#ownTags(service, [model])
    const wanted = groupAgain(was, { image, puller, secrets, appInsightsKey, tags })
    return host.group(`Update ${service} to ${model.name}:${model.version}`, () =>
      deliverGroup({ context: this.#context, order, groups, live, kept, wanted, secrets, appInsightsKey }),
    )
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const live = await (await this.#groups()).find(service)
    // A run that was killed while Azure made the group anew has left none; what it came from is kept.
    const group = live ?? (await keptOf(this.#context.workspace, service))?.move?.from
    if (!group || group.tags?.[serviceTag] !== service) return undefined
    return {
      ...{ service, models: modelsOf(group), deployments: [service], traffic: { [service]: 100 } },
      authentication: group.tags[authenticationTag] === 'key' ? 'key' : 'none',
      ...shownOf(group),
      ...(live ? {} : { state: 'Missing' }),
    }
  }

  async *list(): AsyncGenerator<string, void> {
    const own = this.#context.workspace.address.workspace
    for await (const { name, tags = {} } of (await this.#groups()).list())
      if (name !== undefined && tags[serviceTag] === name && tags[workspaceTag] === own) yield name
  }

  async scoring(service: string): Promise<Scoring> {
    const group = await this.#existing(service)
    return scoringOf(group, async () => (await keptOf(this.#context.workspace, service))?.secrets.primaryKey)
  }

  async logs({ service, lines, container }: LogRequest): Promise<string> {
    await this.#existing(service)
    return (await this.#groups()).logs(service, container === 'init' ? gateName : scoringName, lines)
  }

  async secrets(service: string): Promise<ServiceSecrets> {
    const group = await this.#existing(service)
    if (group.tags?.[authenticationTag] !== 'key') return { kind: 'none' }
    const kept = await keptOf(this.#context.workspace, service)
    if (!kept) throw new UserError(`The keys of "${service}" are kept nowhere; deploy it again to make new ones.`)
    return { kind: 'keys', primary: kept.secrets.primaryKey, secondary: kept.secrets.secondaryKey }
  }

  async regenerateKey(service: string, which: 'Primary' | 'Secondary', value = newKey()): Promise<void> {
    const { workspace } = this.#context
    const was = await this.#existing(service)
    const kept = await keptOf(workspace, service)
    if (was.tags?.[authenticationTag] !== 'key' || !kept)
      throw new InputError(`The service "${service}" asks for no keys; set authEnabled to make it.`)
    const secrets = { ...kept.secrets, [which === 'Primary' ? 'primaryKey' : 'secondaryKey']: value }
    const puller = await pullerOf(workspace, { image: imageOf(was), environment: undefined, identity: identityOf(was) })
    const again = groupAgain(was, { puller, secrets, appInsightsKey: await this.#appInsightsKey(was) })
    const now = await (await this.#groups()).put(service, again, removeSeconds)
    await keep(workspace, service, { ...kept, secrets })
    await untilAnswers(
      workspace.connection,
      scoringOf(now, async () => secrets.primaryKey),
    )
  }

  async remove(service: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<boolean> {
    const groups = await this.#groups()
    const group = await groups.find(service)
    if (group) this.#requireOwn(group, service)
    await groups.delete(candidateGroup(service), timeoutSeconds)
    const removed = await groups.delete(service, timeoutSeconds)
    await this.#context.workspace.connections.delete(connectionOf(service))
    return removed
  }

  async #groups(): Promise<ContainerGroups> {
    const { workspace } = this.#context
    const { ContainerGroups: Groups } = await import('../azure/containerGroups.ts')
    return new Groups(await workspace.connection.management(), workspace.address.resourceGroup)
  }

  async #existing(service: string): Promise<ContainerGroup> {
    const group = await (await this.#groups()).find(service)
    if (!group) throw new InputError(`There is no service "${service}" on ACI.`)
    this.#requireOwn(group, service)
    return group
  }

  #requireOwn({ tags = {} }: ContainerGroup, service: string): void {
    if (tags[serviceTag] !== service)
      throw new InputError(`The name "${service}" is taken by a container group that is no service of this product.`)
  }

  #ownTags(service: string, models: readonly ModelVersion[]): Readonly<Record<string, string>> {
    const served = models.map(({ name, version }) => `${name}:${version}`).join(' ')
    return { [serviceTag]: service, [workspaceTag]: this.#context.workspace.address.workspace, [modelsTag]: served }
  }

  /** The same for the same service of the same workspace, and nobody else's. */
  #label(service: string): string {
    const own = createHash('sha256').update(`${this.#context.workspace.id.toLowerCase()}/${service}`).digest('hex')
    return `${service.slice(0, 45)}-${own.slice(0, 10)}`
  }

  #subnetId({ network }: AciDeploymentConfig): string | undefined {
    if (!network) return undefined
    const { subscriptionId, resourceGroup } = this.#context.workspace.address
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
    return `${group}/providers/Microsoft.Network/virtualNetworks/${network.vnetName}/subnets/${network.subnetName}`
  }

  async #appInsightsKey(group: ContainerGroup): Promise<string | undefined> {
    const scoring = group.containers.find(({ name }) => name === scoringName)
    const sends = scoring?.environmentVariables?.some(({ name }) => name === 'AML_APP_INSIGHTS_KEY')
    return sends ? appInsightsKeyOf(this.#context.workspace) : undefined
  }
}
