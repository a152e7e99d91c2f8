import type Docker from 'dockerode'
import { InputError, RefusedError, UserError } from '../../errors.ts'
import { dockerfile } from '../../image/dockerfile.ts'
import type { Scoring } from '../../rollout/probes.ts'
import { dockerEngine } from '../../runtime/dockerEngine.ts'
import { freePort } from '../../runtime/freePort.ts'
import { deploymentFor } from '../deploymentFor.ts'
import type {
  Delivered,
  Delivery,
  DeployOrder,
  LogRequest,
  ServiceFiles,
  ServiceStatus,
  TargetContext,
  UpdateOrder,
} from '../target.ts'
import { endContainers, handOver } from './handOver.ts'
import {
  contentName,
  deliveredFrom,
  type LocalServices,
  missingError,
  modelsWith,
  plannedFrom,
  proveAt,
  scoringAt,
  sortedPairs,
  statusAt,
  UnprovenError,
  variablesOf,
  versionsOf,
} from './localServices.ts'
import type { ServiceRecord } from './record.ts'
import {
  containerLog,
  createServer,
  ensureNetwork,
  frontContainer,
  publishedPort,
  removeContainer,
  removeNetwork,
  type ServerContainer,
  serverContainers,
  servingName,
} from './serviceContainers.ts'
import { buildCodeImage, buildModelImage, codeSpec } from './serviceImages.ts'
import { withServiceLock } from './serviceLock.ts'
import { NotReadyError, startContainer } from './startedContainer.ts'

/** Services in containers of this machine's Docker engine. What is known of them is on the containers themselves. */
export class ContainerServices implements LocalServices {
  readonly #context: TargetContext
  #engine: Promise<Docker> | undefined

  constructor(context: TargetContext) {
    this.#context = context
  }

  /** Whether an engine answers; if none does, what it says instead. */
  async absence(): Promise<string | undefined> {
    try {
      await this.#docker()
      return undefined
    } catch (error) {
      this.#engine = undefined
      if (error instanceof UserError) return error.message
      throw error
    }
  }

  async has(service: string): Promise<boolean> {
    return (await serverContainers(await this.#docker(), service)).length > 0
  }

  async check(files: ServiceFiles): Promise<void> {
    dockerfile(await codeSpec({ log: { ...this.#context.host.log, warning: () => undefined } }, files))
  }

  deploy(order: DeployOrder): Promise<Delivered> {
    return this.#alone(order, (engine) => this.#deploy(order, engine))
  }

  update(order: UpdateOrder): Promise<Delivered> {
    return this.#alone(order, (engine) => this.#update(order, engine))
  }

  /** Whoever only looks need not wait for anybody. */
  async #alone<T>({ service, dryRun, policy }: Delivery, body: (engine: Docker) => Promise<T>): Promise<T> {
    const engine = await this.#docker()
    if (dryRun) return body(engine)
    const { signal } = this.#context.host
    return withServiceLock({ engine, service, signal, waitSeconds: policy.waitSeconds }, () => body(engine))
  }

  async #deploy(order: DeployOrder, engine: Docker): Promise<Delivered> {
    const { host } = this.#context
    const { service, files, models } = order
    const config = deploymentFor('local', files.deployment)
    const before = await serverContainers(engine, service)
    const serving = servingOf(before, service)
    if (order.dryRun) return plannedFrom(serving?.record.deployment)
    const code = await host.group(`Build the image of ${service}`, () =>
      buildCodeImage({ host, engine, service, files }),
    )
    const record = named({
      ...{ codeImage: code.name, python: code.python, variables: variablesOf(files, config), tags: config.tags },
      ...{ models: models.map(({ name, version }) => ({ name, version })) },
      port: config.port ?? serving?.record.port ?? (await freePort()),
    })
    return this.#deliver({ order, engine, record, before })
  }

  async #update(order: UpdateOrder, engine: Docker): Promise<Delivered> {
    const { service, model } = order
    const before = await serverContainers(engine, service)
    const serving = servingOf(before, service)
    if (!serving) throw missingError(service, undefined)
    const models = [...modelsWith(service, serving.record.models, model)]
    if (order.dryRun) return plannedFrom(serving.record.deployment)
    return this.#deliver({ order, engine, before, record: named({ ...serving.record, models }) })
  }

  /** Proves a version beside the one that serves, and lets it take over. */
  async #deliver(wanted: {
    readonly order: Delivery
    readonly engine: Docker
    readonly record: ServiceRecord
    readonly before: readonly ServerContainer[]
  }): Promise<Delivered> {
    const { order, engine, record, before } = wanted
    const { host, workspace } = this.#context
    const { service } = order
    const serving = servingOf(before, service)
    const traffic = serving ? { [serving.record.deployment]: 100 } : {}
    const front = await frontContainer(engine, service)
    if (serving?.record.deployment === record.deployment && serving.state === 'running' && front?.running) {
      // What a killed run has left: nobody else is at work here.
      await endContainers(before.filter((one) => one !== serving))
      return deliveredFrom({ outcome: 'unchanged', before: traffic }, await this.status(service))
    }
    await ensureNetwork(engine, service)
    const image = await buildModelImage({
      ...{ host, workspace, engine, service, codeImage: record.codeImage },
      models: await versionsOf(workspace, record.models),
    })
    const next = await createServer({ engine, service, image, record })
    try {
      await host.group(`Prove ${record.deployment} of ${service}`, () => this.#prove({ order, next, record }))
      await handOver({ host, engine, service, record, next, before })
    } catch (error) {
      const name = await next.inspect().then(({ Name }) => Name.replace(/^\//, ''))
      if (name !== servingName(service)) await removeContainer(next)
      if (error instanceof NotReadyError) await host.group('Log of the container', async () => host.log.info(error.log))
      host.signal.throwIfAborted()
      if (!serving || !(error instanceof NotReadyError || error instanceof UnprovenError)) throw error
      throw new RefusedError(`${error.message} ${serving.record.deployment} serves as before.`, { cause: error })
    }
    host.log.info(`The service "${service}" answers at http://127.0.0.1:${record.port}/score.`)
    return deliveredFrom({ outcome: 'promoted', before: traffic }, await this.status(service))
  }

  async #prove(wanted: {
    readonly order: Delivery
    readonly next: Docker.Container
    readonly record: ServiceRecord
  }): Promise<void> {
    const { order, next, record } = wanted
    const { host, workspace } = this.#context
    const port = await startContainer({
      ...{ container: next, what: `The deployment "${record.deployment}" of "${order.service}"`, signal: host.signal },
      timeoutSeconds: order.policy.timeoutSeconds,
    })
    await proveAt({ workspace, order, deployment: record.deployment, port })
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const engine = await this.#docker()
    const serving = servingOf(await serverContainers(engine, service), service)
    if (!serving) return undefined
    const { record, state } = serving
    const answers = state === 'running' && (await frontContainer(engine, service))?.running
    return statusAt({ service, ...record, state: answers ? 'Succeeded' : state })
  }

  async *list(): AsyncGenerator<string, void> {
    const found = await serverContainers(await this.#docker())
    yield* new Set(found.filter(({ name, service }) => name === servingName(service)).map(({ service }) => service))
  }

  async scoring(service: string, deployment?: string): Promise<Scoring> {
    const containers = await serverContainers(await this.#docker(), service)
    const serving = servingOf(containers, service)
    const wanted =
      deployment === undefined ? serving : containers.find(({ record }) => record.deployment === deployment)
    if (!wanted) throw missingError(service, deployment)
    if (wanted === serving) return scoringAt(wanted.record.port)
    const port = await publishedPort(wanted.container)
    if (port === undefined) throw missingError(service, deployment)
    return scoringAt(port)
  }

  async logs({ service, deployment, lines, container }: LogRequest): Promise<string> {
    if (container === 'init')
      throw new InputError('A service on this machine has one container only, the server: its models are in the image.')
    const containers = await serverContainers(await this.#docker(), service)
    const wanted =
      deployment === undefined
        ? servingOf(containers, service)
        : containers.find(({ record }) => record.deployment === deployment)
    if (!wanted) throw missingError(service, deployment)
    return containerLog(wanted.container, lines)
  }

  async remove(service: string, { timeoutSeconds }: { readonly timeoutSeconds: number }): Promise<boolean> {
    const engine = await this.#docker()
    const { signal } = this.#context.host
    return withServiceLock({ engine, service, signal, waitSeconds: timeoutSeconds }, async () => {
      const servers = await serverContainers(engine, service)
      const front = await frontContainer(engine, service)
      if (front) await removeContainer(front.container)
      for (const { container } of servers) await removeContainer(container)
      await removeNetwork(engine, service)
      return servers.length > 0 || front !== undefined
    })
  }

  #docker(): Promise<Docker> {
    this.#engine ??= dockerEngine()
    return this.#engine
  }
}

/** The container the front leads to; where a killed run left none of that name, the one that served last. */
function servingOf(containers: readonly ServerContainer[], service: string): ServerContainer | undefined {
  const name = servingName(service)
  return containers.find((one) => one.name === name) ?? containers.find((one) => one.name.startsWith(`${name}-before-`))
}

/** A record with the name that its content makes. */
function named(record: Omit<ServiceRecord, 'deployment'>): ServiceRecord {
  const { codeImage, python, models, variables, port } = record
  return {
    ...record,
    deployment: contentName(models, [codeImage, python, models, sortedPairs(variables), port]),
  }
}
