import { hubSignIn } from '../azure/hubSignIn.ts'
import type { IotHub, ModulesContent } from '../azure/iotHub.ts'
import type { IotDeploymentConfig } from '../config/iotDeployment.ts'
import { InputError } from '../errors.ts'
import type { Scoring } from '../rollout/probes.ts'
import { deploymentFor } from './deploymentFor.ts'
import { deploymentsOf, isServing, rollOutAtScale, servedModels, stateOf, userLabels } from './edge/atScale.ts'
import { edgeManifest, modelsText } from './edge/manifest.ts'
import { deploymentId, pulledBy, registriesFor, withModel } from './edge/nextVersion.ts'
import { deviceState, isTold, modelsOf, modulesOf, rollOutOnDevice, stateOn, withoutModules } from './edge/oneDevice.ts'
import { forgetPlace, hubHost, type KeptPlace, keepPlace, keptPlace, keptServices, openHub } from './edge/place.ts'
import type {
  Delivered,
  Delivery,
  DeployOrder,
  ServedModel,
  ServiceFiles,
  ServiceSecrets,
  ServiceStatus,
  Target,
  TargetContext,
  UpdateOrder,
} from './target.ts'

/** Modules of IoT Edge on the devices of an IoT hub: one device at once, or all that fulfil a condition. */
export class IotEdgeTarget implements Target {
  readonly name = 'iot-edge'
  readonly #context: TargetContext

  constructor(context: TargetContext) {
    this.#context = context
  }

  async check({ deployment, inference }: ServiceFiles, service: string): Promise<void> {
    const config = deploymentFor('iot-edge', deployment)
    const { environment } = inference
    const variables = environment?.kind === 'inline' ? environment.variables : {}
    edgeManifest({ service, config, image: 'any', models: [], variables, registries: config.registries })
  }

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { workspace } = this.#context
    const { service, files, models, image, hubConnectionString } = order
    requireNoRequests(order)
    if (image === undefined) throw new Error('IoT Edge runs an image, and none was handed to it.')
    const config = deploymentFor('iot-edge', files.deployment)
    const was = await keptPlace(workspace, service)
    const policy = hubSignIn(hubConnectionString ?? was?.connectionString)
    const place = {
      ...{ kind: 'iot-edge' as const, service, module: config.scoring.name },
      hub: policy?.host ?? (await hubHost(workspace, config.iotHub)),
      ...(config.to.kind === 'device' ? { device: config.to.deviceId } : {}),
      successPercentage: config.successPercentage,
    }
    requireSamePlace(was, place)
    const { environment } = files.inference
    const content = edgeManifest({
      ...{ service, config, image, models },
      variables: environment?.kind === 'inline' ? environment.variables : {},
      registries: await registriesFor(workspace, { config, image, environment }),
    })
    const kept = { place, connectionString: hubConnectionString ?? was?.connectionString, previous: was?.previous }
    return this.#bring({ order, kept, content, models, config, isNew: was === undefined })
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    const { service, model, image } = order
    requireNoRequests(order)
    if (image === undefined) throw new Error('IoT Edge runs an image, and none was handed to it.')
    const { kept, hub } = await this.#existing(service)
    const { device, module } = kept.place
    const served = device
      ? (await deviceState(hub, device, service)).content
      : (await deploymentsOf(this.#context, hub, service)).find(isServing)?.content.modulesContent
    if (!served) throw new InputError(`No deployment of "${service}" was ever proven; deploy it first.`)
    const models = [{ name: model.name, version: model.version }]
    const registry = await pulledBy(this.#context.workspace, image)
    const content = withModel(served, { module, image, models, registry })
    return this.#bring({ order, kept, content, models, config: undefined, isNew: false })
  }

  async #bring(options: {
    readonly order: Delivery
    readonly kept: KeptPlace
    readonly content: ModulesContent
    readonly models: readonly ServedModel[]
    /** Undefined for an update: everything else is as it is. */
    readonly config: IotDeploymentConfig | undefined
    readonly isNew: boolean
  }): Promise<Delivered> {
    const { order, kept, content, models, config, isNew } = options
    const { service, dryRun } = order
    const hub = await this.#open(kept)
    if (kept.place.device !== undefined) return this.#bringToDevice({ ...options, hub, device: kept.place.device })
    const serving = (await deploymentsOf(this.#context, hub, service)).find(isServing)
    const condition = config?.to.kind === 'condition' ? config.to.condition : (serving?.targetCondition ?? '')
    // Whoever updates it must find it, also after a run that was killed halfway.
    if (!dryRun && isNew) await keepPlace(this.#context.workspace, kept)
    try {
      const delivered = await rollOutAtScale({
        ...{ context: this.#context, hub, order },
        wanted: {
          ...{ id: deploymentId({ service, models, content, condition }), modulesContent: content, models, condition },
          priority: config?.to.kind === 'condition' ? config.to.priority : 0,
          labels: config ? { ...config.labels, ...describedBy(config) } : userLabels(serving?.labels ?? {}),
          successPercentage: kept.place.successPercentage,
        },
      })
      if (!dryRun && !isNew && config) await keepPlace(this.#context.workspace, kept)
      return delivered
    } catch (error) {
      if (isNew && (await this.#isNowhere(hub, service))) await forgetPlace(this.#context.workspace, service)
      throw error
    }
  }

  async #isNowhere(hub: IotHub, service: string): Promise<boolean> {
    if (this.#context.host.signal.aborted) return false
    return (await deploymentsOf(this.#context, hub, service)).length === 0
  }

  async #bringToDevice(options: {
    readonly order: Delivery
    readonly kept: KeptPlace
    readonly content: ModulesContent
    readonly models: readonly ServedModel[]
    readonly hub: IotHub
    readonly device: string
    readonly isNew: boolean
  }): Promise<Delivered> {
    const { order, kept, content, models, hub, device, isNew } = options
    const { host, workspace } = this.#context
    const { service, dryRun } = order
    const { module } = kept.place
    const state = await deviceState(hub, device, service)
    const given = Object.keys(modulesOf(content))
    const idOn = (was: ModulesContent) => deploymentId({ service, models: modelsOf(was, module), content: was })
    const foreign = state.foreign.filter((name) => !given.includes(name))
    if (foreign.length > 0)
      throw new InputError(
        `The device "${device}" runs ${foreign.join(', ')}, which this deployment does not name and which would be removed.`,
        { hint: 'Add them to externalModules, or take them off the device first.' },
      )
    const id = deploymentId({ service, models, content })
    const served = state.own.includes(module) ? idOn(state.content) : undefined
    const before = served === undefined ? {} : { [served]: 100 }
    const told = { deployment: id, before, after: { [id]: 100 } }
    // One that was told this by a run that was killed has proven nothing yet.
    if (isTold(state, content) && kept.previous === undefined)
      return { ...told, outcome: 'unchanged', state: stateOn(state, module) }
    if (dryRun) {
      host.log.info(`Would tell the device "${device}" to run ${given.join(', ')}.`)
      return { ...told, outcome: 'planned', state: 'planned' }
    }
    const previous: ModulesContent =
      kept.previous === undefined
        ? state.isBlank
          ? withoutModules(content, given)
          : state.content
        : JSON.parse(kept.previous)
    await keepPlace(workspace, { ...kept, previous: JSON.stringify(previous) })
    try {
      await rollOutOnDevice({
        ...{ context: this.#context, hub, order, device, module, wanted: content, previous },
        served: modelsText(modelsOf(previous, module)),
      })
    } catch (error) {
      if (!host.signal.aborted) {
        if (isNew) await forgetPlace(workspace, service)
        else await keepPlace(workspace, { ...kept, previous: undefined })
      }
      throw error
    }
    await keepPlace(workspace, { ...kept, previous: undefined })
    return { ...told, outcome: 'promoted', state: stateOn(await deviceState(hub, device, service), module) }
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const kept = await keptPlace(this.#context.workspace, service)
    if (!kept) return undefined
    const hub = await this.#open(kept)
    const { device, module } = kept.place
    const none = { service, authentication: 'none' as const }
    if (device !== undefined) {
      const state = await deviceState(hub, device, service)
      if (!state.own.includes(module)) return { ...none, state: 'gone', models: [], deployments: [], traffic: {} }
      const models = modelsOf(state.content, module)
      const id = deploymentId({ service, models, content: state.content })
      return { ...none, models, deployments: [id], traffic: { [id]: 100 }, state: stateOn(state, module) }
    }
    const own = await deploymentsOf(this.#context, hub, service)
    const serving = own.find(isServing)
    return {
      ...{ ...none, models: serving ? servedModels(serving) : [], deployments: own.map(({ id }) => id) },
      ...{ traffic: serving ? { [serving.id]: 100 } : {}, state: serving ? stateOf(serving) : 'gone' },
    }
  }

  list(): AsyncIterable<string> {
    return keptServices(this.#context.workspace)
  }

  async scoring(service: string): Promise<Scoring> {
    throw new InputError(`The service "${service}" is on devices, which cannot be asked from here.`, {
      hint: 'Deploy the same image to the target local to test it; on a device it answers on port 5001.',
    })
  }

  async logs({ service }: { readonly service: string }): Promise<string> {
    const { kept } = await this.#existing(service)
    const { module, device = 'DEVICE' } = kept.place
    throw new InputError(`The log of the service "${service}" is on its devices.`, {
      hint: `Run "iotedge logs ${module}" there, or call the agent's method: az iot hub invoke-module-method --device-id ${device} --module-id '$edgeAgent' --method-name GetModuleLogs.`,
    })
  }

  async secrets(service: string): Promise<ServiceSecrets> {
    throw new InputError(`The service "${service}" is on devices, where no key is asked for.`, {
      hint: 'Who reaches port 5001 of a device may score; createOptions says on which address that is.',
    })
  }

  async regenerateKey(service: string): Promise<void> {
    await this.secrets(service)
  }

  async remove(service: string): Promise<boolean> {
    const { workspace } = this.#context
    const kept = await keptPlace(workspace, service)
    if (!kept) return false
    const hub = await this.#open(kept)
    const { device } = kept.place
    if (device === undefined)
      for (const { id } of await deploymentsOf(this.#context, hub, service)) await hub.remove(id)
    else {
      const state = await deviceState(hub, device, service)
      if (state.own.length > 0) await hub.apply(device, withoutModules(state.content, state.own))
    }
    return forgetPlace(workspace, service)
  }

  #open({ place, connectionString }: KeptPlace): Promise<IotHub> {
    return openHub(this.#context, { host: place.hub, signIn: hubSignIn(connectionString)?.signIn })
  }

  async #existing(service: string): Promise<{ readonly kept: KeptPlace; readonly hub: IotHub }> {
    const kept = await keptPlace(this.#context.workspace, service)
    if (!kept) throw new InputError(`There is no service "${service}" on devices that deploy has made.`)
    return { kept, hub: await this.#open(kept) }
  }
}

/** A device is nothing that could be sent a request from here. */
function requireNoRequests({ requests }: Delivery): void {
  if (requests.length > 0)
    throw new InputError('Test requests cannot be sent to devices.', {
      hint: 'Leave them out; deploy the same files to the target local to send them there.',
    })
}

function requireSamePlace(was: KeptPlace | undefined, place: KeptPlace['place']): void {
  if (!was) return
  const { hub, device, module } = was.place
  if (hub === place.hub && device === place.device && module === place.module) return
  throw new InputError(
    `The service "${place.service}" is the module "${module}" on ${device === undefined ? 'devices' : `the device "${device}"`} of ${hub}, and the files say otherwise.`,
    { hint: 'Remove it first, or give the new one another name.' },
  )
}

function describedBy({ description }: IotDeploymentConfig): Readonly<Record<string, string>> {
  return description ? { description } : {}
}
