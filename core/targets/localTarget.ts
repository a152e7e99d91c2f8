import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import type { LocalDeploymentConfig } from '../config/localDeployment.ts'
import { InputError, RefusedError } from '../errors.ts'
import { dockerfile } from '../image/dockerfile.ts'
import { type Scoring, sendProbes } from '../rollout/probes.ts'
import { dockerEngine } from '../runtime/dockerEngine.ts'
import { freePort } from '../runtime/freePort.ts'
import { deploymentFor } from './deploymentFor.ts'
import { handOver } from './local/handOver.ts'
import type { ServiceRecord } from './local/record.ts'
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
} from './local/serviceContainers.ts'
import { buildCodeImage, buildModelImage, codeSpec } from './local/serviceImages.ts'
import { NotReadyError, startContainer } from './local/startedContainer.ts'
import type {
  Delivered,
  Delivery,
  DeployOrder,
  LogRequest,
  ServiceFiles,
  ServiceSecrets,
  ServiceStatus,
  Target,
  TargetContext,
  UpdateOrder,
} from './target.ts'

/** Services in containers of this machine's Docker engine. What is known of them is on the containers themselves. */
export class LocalTarget implements Target {
  readonly name = 'local'
  readonly #context: TargetContext
  #engine: Promise<Docker> | undefined

  constructor(context: TargetContext) {
    this.#context = context
  }

  async check(files: ServiceFiles): Promise<void> {
    dockerfile(await codeSpec({ log: { ...this.#context.host.log, warning: () => undefined } }, files))
  }

  async deploy(order: DeployOrder): Promise<Delivered> {
    const { host } = this.#context
    const { service, files, models } = order
    const engine = await this.#docker()
    const config = deploymentFor('local', files.deployment)
    const before = await serverContainers(engine, service)
    const serving = servingOf(before, service)
    if (order.dryRun) {
      host.log.info(
        `Would deploy ${models.map(({ name, version }) => `${name}:${version}`).join(', ')} as "${service}".`,
      )
      return planned(serving)
    }
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

  async update(order: UpdateOrder): Promise<Delivered> {
    const { service, model } = order
    const engine = await this.#docker()
    const before = await serverContainers(engine, service)
    const serving = servingOf(before, service)
    if (!serving)
      throw new InputError(`There is no service "${service}" on this machine, so there is nothing to update.`, {
        hint: 'deploy brings a first model into service.',
      })
    const { name, version } = model
    const [only, ...more] = serving.record.models
    // One model may be replaced by another name; of several, only its own earlier version.
    const models =
      more.length === 0 && only !== undefined
        ? [{ name, version }]
        : serving.record.models.map((one) => (one.name === name ? { name, version } : one))
    if (!models.some((one) => one.name === name))
      throw new InputError(
        `The service "${service}" serves ${models.map((one) => one.name).join(', ')}; ${name} is none of them.`,
      )
    if (order.dryRun) return planned(serving)
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
    if (serving?.record.deployment === record.deployment && serving.state === 'running' && front?.running)
      return this.#delivered(service, { outcome: 'unchanged', before: traffic })
    await ensureNetwork(engine, service)
    const image = await buildModelImage({
      ...{ host, workspace, engine, service, codeImage: record.codeImage },
      models: await Promise.all(record.models.map((model) => this.#version(model))),
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
    return this.#delivered(service, { outcome: 'promoted', before: traffic })
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
    const results = await sendProbes({
      ...{ connection: workspace.connection, requests: order.requests, patienceSeconds: 0 },
      scoring: scoringAt(port),
    })
    const wrong = results.find(({ difference }) => difference !== undefined)
    if (wrong)
      throw new UnprovenError(
        `The deployment "${record.deployment}" did not pass the test request "${wrong.name}": ${wrong.difference}`,
      )
  }

  async #version({ name, version }: { readonly name: string; readonly version: string }) {
    const found = await this.#context.workspace.models.version(name, version)
    if (found) return found
    throw new InputError(`The model "${name}" has no version "${version}" in the workspace any more.`)
  }

  async #delivered(service: string, told: Pick<Delivered, 'outcome' | 'before'>): Promise<Delivered> {
    const status = await this.status(service)
    const deployment = status?.deployments[0] ?? ''
    return {
      ...told,
      ...{ deployment, state: status?.state ?? 'gone', after: status?.traffic ?? {} },
      ...{ scoringUri: status?.scoringUri, swaggerUri: status?.swaggerUri },
    }
  }

  async status(service: string): Promise<ServiceStatus | undefined> {
    const engine = await this.#docker()
    const serving = servingOf(await serverContainers(engine, service), service)
    if (!serving) return undefined
    const { record, state } = serving
    const base = `http://127.0.0.1:${record.port}`
    return {
      ...{ service, models: record.models, deployments: [record.deployment], authentication: 'none' },
      ...{ traffic: { [record.deployment]: 100 }, scoringUri: `${base}/score`, swaggerUri: `${base}/swagger.json` },
      state: state === 'running' && (await frontContainer(engine, service))?.running ? 'Succeeded' : state,
    }
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
    if (!wanted) throw this.#missing(service, deployment)
    if (wanted === serving) return scoringAt(wanted.record.port)
    const port = await publishedPort(wanted.container)
    if (port === undefined) throw this.#missing(service, deployment)
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
    if (!wanted) throw this.#missing(service, deployment)
    return containerLog(wanted.container, lines)
  }

  async secrets(): Promise<ServiceSecrets> {
    return { kind: 'none' }
  }

  async regenerateKey(service: string): Promise<void> {
    throw new InputError(`The service "${service}" is on this machine, where no key is asked for.`)
  }

  async remove(service: string): Promise<boolean> {
    const engine = await this.#docker()
    const servers = await serverContainers(engine, service)
    const front = await frontContainer(engine, service)
    if (front) await removeContainer(front.container)
    for (const { container } of servers) await removeContainer(container)
    await removeNetwork(engine, service)
    return servers.length > 0 || front !== undefined
  }

  #missing(service: string, deployment: string | undefined): InputError {
    const what = deployment === undefined ? '' : `deployment "${deployment}" of the `
    return new InputError(`There is no ${what}service "${service}" on this machine.`)
  }

  #docker(): Promise<Docker> {
    this.#engine ??= dockerEngine()
    return this.#engine
  }
}

/** A version that became ready and did not answer as it should. */
class UnprovenError extends RefusedError {}

/** The container the front leads to; where a killed run left none of that name, the one that served last. */
function servingOf(containers: readonly ServerContainer[], service: string): ServerContainer | undefined {
  const name = servingName(service)
  return containers.find((one) => one.name === name) ?? containers.find((one) => one.name.startsWith(`${name}-before-`))
}

function planned(serving: ServerContainer | undefined): Delivered {
  const before = serving ? { [serving.record.deployment]: 100 } : {}
  return { outcome: 'planned', deployment: serving?.record.deployment ?? '', state: 'planned', before, after: before }
}

function scoringAt(port: number): Scoring {
  return { scoringUri: `http://127.0.0.1:${port}/score`, bearer: async () => undefined }
}

function variablesOf({ inference }: ServiceFiles, config: LocalDeploymentConfig): Readonly<Record<string, string>> {
  const { environment } = inference
  return {
    ...(environment?.kind === 'inline' ? environment.variables : {}),
    ...(config.scoringTimeoutMs === undefined ? {} : { SCORING_TIMEOUT_MS: String(config.scoringTimeoutMs) }),
    ...config.environmentVariables,
  }
}

/** A record with the name that its content makes: equal content has an equal name. */
function named(record: Omit<ServiceRecord, 'deployment'>): ServiceRecord {
  const { codeImage, python, models, variables, port } = record
  const digest = createHash('sha256')
    .update(JSON.stringify([codeImage, python, models, sorted(variables), port]))
    .digest('hex')
  const readable = (models[0]?.version ?? '0').replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 17)
  return { ...record, deployment: `v${readable}-${digest.slice(0, 8)}`.replaceAll(/-+/g, '-') }
}

function sorted(variables: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))
}
