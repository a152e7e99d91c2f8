import { createHash } from 'node:crypto'
import type { ContainerGroup, ContainerGroups } from '../azure/containerGroups.ts'
import type { AciDeploymentConfig } from '../config/aciDeployment.ts'
import { InputError, UserError } from '../errors.ts'
import type { Scoring } from '../rollout/probes.ts'
import { appInsightsKeyOf } from '../workspace/appInsights.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { authenticationTag, containerGroup, gateName, groupAgain, groupDigestTag, scoringName } from './aciGroup.ts'
import { candidateGroup, rollOutGroup } from './aciRollout.ts'
import { connectionOf, keepSecrets, keptSecrets, newKey, wantedSecrets } from './aciSecrets.ts'
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

const serviceTag = 'azureml-cd.service'
const workspaceTag = 'azureml-cd.workspace'
const modelsTag = 'azureml-cd.models'
const cnameTag = 'azureml-cd.cname'
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
    const was = await groups.find(service)
    if (was) this.#requireOwn(was, service)
    const kept = await keptSecrets(workspace, service)
    const secrets = await wantedSecrets({ config, kept, read: files.read })
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
      this.#bring({ order, groups, was, wanted, secrets, kept: kept ?? secrets, appInsightsKey }),
    )
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    const { workspace, host } = this.#context
    const { service, model, image } = order
    if (image === undefined) throw new Error('ACI runs an image, and none was handed to it.')
    const groups = await this.#groups()
    const was = await groups.find(service)
    const secrets = await keptSecrets(workspace, service)
    if (!was || !secrets) throw new InputError(`There is no service "${service}" on ACI that deploy has made.`)
    this.#requireOwn(was, service)
    const appInsightsKey = await this.#appInsightsKey(was)
    const puller = await pullerOf(workspace, { image, environment: undefined, identity: identityOf(was) })
    const tags = this.#ownTags(service, [model])
    const wanted = groupAgain(was, { image, puller, secrets, appInsightsKey, tags })
    return host.group(`Update ${service} to ${model.name}:${model.version}`, () =>
      this.#bring({ order, groups, was, wanted, secrets, kept: secrets, appInsightsKey }),
    )
  }

  async #bring(options: {
    readonly order: DeployOrder | UpdateOrder
    readonly groups: ContainerGroups
    readonly was: ContainerGroup | undefined
    readonly wanted: ContainerGroup
    readonly secrets: Awaited<ReturnType<typeof wantedSecrets>>
    /** What the group has now. */
    readonly kept: Awaited<ReturnType<typeof wantedSecrets>>
    readonly appInsightsKey: string | undefined
  }): Promise<Delivered> {
    const { order, groups, was, wanted, secrets, kept, appInsightsKey } = options
    const { host, workspace } = this.#context
    const { service, dryRun } = order
    const before = was ? { [service]: 100 } : {}
    const after = { [service]: 100 }
    const isSame = was?.tags?.[groupDigestTag] === wanted.tags?.[groupDigestTag]
    if (was && isSame && was.instanceView?.state === 'Running') {
      host.log.info(`${service} is what is wanted and runs; nothing changes.`)
      // What a run left behind that was killed.
      if (!dryRun) await groups.delete(candidateGroup(service), removeSeconds)
      return { outcome: 'unchanged', deployment: service, before, after, ...this.#shown(was) }
    }
    if (dryRun) {
      if (was)
        host.log.info(`Prove the new version in the group ${candidateGroup(service)}, and send it the test requests`)
      host.log.info(`${was ? 'Write the group' : 'Create the group'} ${service} with the image ${imageOf(wanted)}`)
      return { outcome: 'planned', deployment: service, before, after, state: 'planned' }
    }
    const again =
      was &&
      groupAgain(was, {
        puller: await pullerOf(workspace, { image: imageOf(was), environment: undefined, identity: identityOf(was) }),
        ...{ secrets: kept, appInsightsKey },
      })
    await keepSecrets(workspace, service, secrets)
    try {
      await rollOutGroup({
        ...{ context: this.#context, groups, order, was, wanted, again },
        scoringOf: (group) => scoringOf(group, async () => secrets.primaryKey),
      })
    } catch (error) {
      if (was) await keepSecrets(workspace, service, kept)
      else await workspace.connections.delete(connectionOf(service))
      throw error
    }
    const live = await groups.find(service)
    if (!live) throw new UserError(`The container group "${service}" is gone.`)
    return { outcome: 'promoted', deployment: service, before, after, ...this.#shown(live) }
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const group = await (await this.#groups()).find(service)
    if (!group || group.tags?.[serviceTag] !== service) return undefined
    const models = (group.tags[modelsTag] ?? '').split(' ').flatMap((text) => {
      const [name = '', version] = text.split(':')
      return version === undefined ? [] : [{ name, version }]
    })
    return {
      ...{ service, models, deployments: [service], traffic: { [service]: 100 } },
      authentication: group.tags[authenticationTag] === 'key' ? 'key' : 'none',
      ...this.#shown(group),
    }
  }

  async *list(): AsyncGenerator<string, void> {
    const own = this.#context.workspace.address.workspace
    for await (const { name, tags = {} } of (await this.#groups()).list())
      if (name !== undefined && tags[serviceTag] === name && tags[workspaceTag] === own) yield name
  }

  async scoring(service: string): Promise<Scoring> {
    const group = await this.#existing(service)
    return scoringOf(group, async () => (await keptSecrets(this.#context.workspace, service))?.primaryKey)
  }

  async logs({ service, lines, container }: LogRequest): Promise<string> {
    await this.#existing(service)
    return (await this.#groups()).logs(service, container === 'init' ? gateName : scoringName, lines)
  }

  async secrets(service: string): Promise<ServiceSecrets> {
    const group = await this.#existing(service)
    if (group.tags?.[authenticationTag] !== 'key') return { kind: 'none' }
    const kept = await keptSecrets(this.#context.workspace, service)
    if (!kept) throw new UserError(`The keys of "${service}" are kept nowhere; deploy it again to make new ones.`)
    return { kind: 'keys', primary: kept.primaryKey, secondary: kept.secondaryKey }
  }

  async regenerateKey(service: string, which: 'Primary' | 'Secondary', value = newKey()): Promise<void> {
    const { workspace } = this.#context
    const was = await this.#existing(service)
    const kept = await keptSecrets(workspace, service)
    if (was.tags?.[authenticationTag] !== 'key' || !kept)
      throw new InputError(`The service "${service}" asks for no keys; set authEnabled to make it.`)
    const secrets = { ...kept, [which === 'Primary' ? 'primaryKey' : 'secondaryKey']: value }
    const puller = await pullerOf(workspace, { image: imageOf(was), environment: undefined, identity: identityOf(was) })
    const again = groupAgain(was, { puller, secrets, appInsightsKey: await this.#appInsightsKey(was) })
    await (await this.#groups()).put(service, again, removeSeconds)
    await keepSecrets(workspace, service, secrets)
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

  #shown(group: ContainerGroup): Pick<ServiceStatus, 'state' | 'scoringUri' | 'swaggerUri'> {
    const { scoringUri } = scoringOf(group, async () => undefined)
    return {
      state: group.instanceView?.state ?? group.provisioningState ?? 'Unknown',
      ...{ scoringUri, swaggerUri: scoringUri.replace(/\/score$/, '/swagger.json') },
    }
  }
}

/** v1's addresses: the name of the certificate where there is one, or else the group's own. */
function scoringOf(group: ContainerGroup, key: () => Promise<string | undefined>): Scoring {
  const { ipAddress, tags = {} } = group
  const host = ipAddress?.fqdn ?? ipAddress?.ip ?? 'unknown'
  const cname = tags[cnameTag]
  const asksForKeys = tags[authenticationTag] === 'key'
  return {
    scoringUri: cname === undefined ? `http://${host}/score` : `https://${host}/score`,
    // The certificate is the service's, whatever the group is called in the network.
    ...(cname === undefined ? {} : { serverName: cname }),
    allowsPlain: cname === undefined,
    bearer: async () => (asksForKeys ? key() : undefined),
  }
}

function imageOf({ containers }: ContainerGroup): string {
  return containers.find(({ name }) => name === scoringName)?.image ?? ''
}

function identityOf({ imageRegistryCredentials = [] }: ContainerGroup): string | undefined {
  return imageRegistryCredentials.find(({ identity }) => identity !== undefined)?.identity
}
