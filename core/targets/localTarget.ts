import { InputError } from '../errors.ts'
import type { Scoring } from '../rollout/probes.ts'
import { deploymentFor } from './deploymentFor.ts'
import { ContainerServices } from './local/containerServices.ts'
import { type LocalServices, missingError } from './local/localServices.ts'
import { ProcessServices } from './local/processServices.ts'
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

/** Services on this machine: in containers of its Docker engine, or as processes of its Python. */
export class LocalTarget implements Target {
  readonly name = 'local'
  readonly #context: TargetContext
  readonly #containers: ContainerServices
  readonly #processes: ProcessServices

  constructor(context: TargetContext) {
    this.#context = context
    this.#containers = new ContainerServices(context)
    this.#processes = new ProcessServices(context)
  }

  async check(files: ServiceFiles, service: string): Promise<void> {
    const { place } = await this.#placeFor(files, service)
    await place.check(files, service)
  }

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { log } = this.#context.host
    const { place, why } = await this.#placeFor(order.files, order.service)
    const models = order.models.map(({ name, version }) => `${name}:${version}`).join(', ')
    const how = `${place === this.#processes ? 'as a process' : 'in Docker'}: ${why}`
    log.info(`${order.dryRun ? 'Would deploy' : 'Deploy'} ${models} as "${order.service}" ${how}`)
    return place.deploy(order)
  }

  async update(order: UpdateOrder): Promise<Delivered> {
    return (await this.#existing(order.service)).update(order)
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    return (await this.#homeOf(service))?.status(service)
  }

  async *list(): AsyncGenerator<string, void> {
    yield* this.#processes.list()
    if ((await this.#containers.absence()) === undefined) yield* this.#containers.list()
  }

  async scoring(service: string, deployment?: string): Promise<Scoring> {
    return (await this.#existing(service)).scoring(service, deployment)
  }

  async logs(request: LogRequest): Promise<string> {
    return (await this.#existing(request.service)).logs(request)
  }

  async secrets(): Promise<ServiceSecrets> {
    return { kind: 'none' }
  }

  async regenerateKey(service: string): Promise<void> {
    throw new InputError(`The service "${service}" is on this machine, where no key is asked for.`)
  }

  async remove(service: string, options: { readonly timeoutSeconds: number }): Promise<boolean> {
    const asProcess = await this.#processes.remove(service, options)
    // Also what a killed run has left of a service that never came up.
    const inDocker =
      (await this.#containers.absence()) === undefined && (await this.#containers.remove(service, options))
    return asProcess || inDocker
  }

  /** Where a service is to run, and why there. One that is there already stays where it is. */
  async #placeFor(
    files: ServiceFiles,
    service: string,
  ): Promise<{ readonly place: LocalServices; readonly why: string }> {
    const { runtime } = deploymentFor('local', files.deployment)
    const home = await this.#homeOf(service)
    const inProcess = home === this.#processes
    if (runtime !== 'auto' && home && inProcess !== (runtime === 'process'))
      throw new InputError(
        `The service "${service}" runs ${inProcess ? 'as a process' : 'in Docker'}, and the deployment configuration's runtime is "${runtime}".`,
        { hint: 'Remove it first, or leave the runtime out.' },
      )
    if (home) return { place: home, why: 'it runs there already.' }
    const wanted = 'as the deployment configuration says.'
    if (runtime === 'process') return { place: this.#processes, why: wanted }
    if (runtime === 'docker') return { place: this.#containers, why: wanted }
    const absence = await this.#containers.absence()
    if (absence === undefined) return { place: this.#containers, why: 'an engine of this machine answers.' }
    return { place: this.#processes, why: absence }
  }

  /** Where a service runs; undefined when it runs nowhere, or in an engine that does not answer. */
  async #homeOf(service: string): Promise<LocalServices | undefined> {
    if (await this.#processes.has(service)) return this.#processes
    const absence = await this.#containers.absence()
    if (absence !== undefined) {
      this.#context.host.log.debug(`Only processes were looked for: ${absence}`)
      return undefined
    }
    return (await this.#containers.has(service)) ? this.#containers : undefined
  }

  async #existing(service: string): Promise<LocalServices> {
    const home = await this.#homeOf(service)
    if (!home) throw missingError(service, undefined)
    return home
  }
}
