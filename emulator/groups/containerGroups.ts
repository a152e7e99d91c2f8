import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { containerLog } from '../../core/runtime/containerLog.ts'
import { dockerEngine, isNotFound } from '../../core/runtime/dockerEngine.ts'
import { inspectPython } from '../../core/runtime/python.ts'
import type { ScoringRuntime } from '../../core/runtime/scoringServer.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import type { GroupContainers } from './groupContainers.ts'
import { groupAddress, groupSettings } from './groupSettings.ts'

/** What one container of a running group does, as Azure tells it. */
export interface ContainerView {
  readonly state: 'Running' | 'Waiting' | 'Terminated'
  readonly startTime: string | undefined
  readonly exitCode: number | undefined
  readonly restarts: number
}

const changes = {
  restart: (container: Docker.Container) => container.restart(),
  start: (container: Docker.Container) => container.start(),
  stop: (container: Docker.Container) => container.stop(),
}

/** Loaded when there is a group to run: most workspaces have none. */
const groupContainers = () => import('./groupContainers.ts')

/** Runs container groups in the Docker engine of this machine, where deployments run there too; elsewhere nothing is run. */
export class ContainerGroups {
  readonly #state: WorkspaceState
  readonly #identity: WorkspaceIdentity
  readonly #runtime: Promise<ScoringRuntime>
  readonly #owner: string
  readonly #python: string
  readonly #running = new Map<string, GroupContainers>()
  readonly #views = new Map<string, ReadonlyMap<string, ContainerView>>()
  #engine: Promise<Docker> | undefined
  #runs: boolean | undefined

  constructor(options: {
    readonly workspace: { readonly state: WorkspaceState; readonly identity: WorkspaceIdentity }
    readonly runtime: Promise<ScoringRuntime>
    /** Whom containers belong to, as those of the runtime. */
    readonly owner: string
    readonly python: string
  }) {
    this.#state = options.workspace.state
    this.#identity = options.workspace.identity
    this.#runtime = options.runtime
    this.#owner = options.owner
    this.#python = options.python
  }

  /** Where a group that runs is reached; undefined where groups are records. */
  address(key: string): string | undefined {
    const record = this.#state.tracked.containerGroups.get(key)
    return this.#runs && record ? groupAddress(this.#identity.workspaceId, key, record.properties) : undefined
  }

  /** What its containers did when they were last looked at; undefined for a group that does not run. */
  view(key: string): ReadonlyMap<string, ContainerView> | undefined {
    return this.#views.get(key)
  }

  /** Runs a group as it is to be from now on. What ran before ends; when an image cannot be had, it goes on. */
  async bring(key: string): Promise<void> {
    const engine = await this.#usable()
    const record = this.#state.tracked.containerGroups.get(key)
    if (!engine || !record) return
    const properties = record.pending?.properties ?? record.properties
    const settings = groupSettings.parse(properties)
    const { checkImages, startGroup } = await groupContainers()
    await checkImages(engine, settings)
    await this.retire(key)
    const python = () => inspectPython(this.#python)
    const id = createHash('sha256').update(`${this.#owner} ${key}`).digest('hex').slice(0, 10)
    const address = groupAddress(this.#identity.workspaceId, key, properties)
    const prefix = `azureml-cd-group-${id}`
    this.#running.set(key, await startGroup({ engine, owner: this.#owner, prefix, settings, address, python }))
    await this.look(key)
  }

  /** Sees what the containers of a group do now. */
  async look(key: string): Promise<void> {
    const group = this.#running.get(key)
    if (!group) return
    const views = new Map<string, ContainerView>()
    for (const [name, container] of group.containers) {
      const view = await viewOf(container)
      if (view) views.set(name, view)
    }
    if (this.#running.get(key) === group) this.#views.set(key, views)
  }

  /** Undefined for a group that does not run. */
  async log(key: string, container: string, lines: number): Promise<string | undefined> {
    const found = this.#running.get(key)?.containers.get(container)
    return found && containerLog(found, lines)
  }

  async change(key: string, action: keyof typeof changes): Promise<void> {
    const containers = [...(this.#running.get(key)?.containers.values() ?? [])]
    await Promise.all(
      containers.map((container) =>
        changes[action](container).catch((error: unknown) => {
          // 304: it is so already.
          if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 304)) throw error
        }),
      ),
    )
    await this.look(key)
  }

  /** Ends what runs of a group. */
  async retire(key: string): Promise<void> {
    const group = this.#running.get(key)
    this.#running.delete(key)
    this.#views.delete(key)
    if (group) await (await groupContainers()).removeGroup(group)
  }

  /** After a restart: what was running runs again, and what cannot is told. */
  async resume(log: (line: string) => void): Promise<void> {
    await this.#usable()
    for (const [key] of this.#state.tracked.containerGroups.entries())
      await this.bring(key).catch((error: unknown) =>
        log(`The container group ${key} did not come up again: ${error instanceof Error ? error.message : error}`),
      )
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.keys()].map((key) => this.retire(key)))
  }

  /** The engine, where groups run; all of 127.0.0.0/8 is this machine's own on Linux only. */
  async #usable(): Promise<Docker | undefined> {
    this.#runs ??= (await this.#runtime).kind === 'docker' && process.platform === 'linux'
    if (!this.#runs) return undefined
    this.#engine ??= dockerEngine()
    return this.#engine
  }
}

async function viewOf(container: Docker.Container): Promise<ContainerView | undefined> {
  try {
    const { State: state, RestartCount: restarts } = await container.inspect()
    const startTime = state.StartedAt === '' ? undefined : state.StartedAt
    // While it waits to be started again, Docker says that it is running too.
    if (state.Restarting) return { state: 'Waiting', startTime, exitCode: state.ExitCode, restarts }
    if (state.Running) return { state: 'Running', startTime, exitCode: undefined, restarts }
    return { state: 'Terminated', startTime, exitCode: state.ExitCode, restarts }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
