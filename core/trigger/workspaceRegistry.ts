import type { TriggerSource } from '../config/triggerFile.ts'
import { refusedTag } from '../rollout/journal.ts'
import { parseModelId } from '../workspace/modelId.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { servedFirst } from '../workspace/service.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { RegisteredModel, RegisteredVersion, Registry, ServedVersion } from './registry.ts'

/** A workspace, or a registry, as the trigger sees it. */
export class WorkspaceRegistry implements Registry {
  readonly source: TriggerSource
  readonly #workspace: Workspace

  constructor(source: TriggerSource, workspace: Workspace) {
    this.source = source
    this.#workspace = workspace
  }

  get requests(): number {
    return this.#workspace.connection.requests
  }

  async *models(): AsyncGenerator<RegisteredModel, void> {
    for await (const { name, latestVersion } of this.#workspace.models.containers()) yield { name, latestVersion }
  }

  async *versions(model: string): AsyncGenerator<RegisteredVersion, void> {
    for await (const version of this.#workspace.models.versions(model, { orderBy: 'createdtime desc' }))
      yield registered(version)
  }

  async version(model: string, version: string): Promise<RegisteredVersion | undefined> {
    const found = await this.#workspace.models.version(model, version)
    return found && registered(found)
  }

  async served(service: string): Promise<ServedVersion | undefined> {
    if (this.source.kind === 'registry') return undefined
    const endpoint = await this.#workspace.endpoints.get(service)
    if (!endpoint) return undefined
    const deployments = []
    for await (const deployment of this.#workspace.deployments.list(service)) deployments.push(deployment)
    const [first] = servedFirst({ endpoint, deployments })
    const id = first?.model === undefined ? undefined : parseModelId(first.model)
    if (!id) return undefined
    const found = await this.#workspace.models.version(id.name, id.version)
    return { model: id.name, version: id.version, tags: found?.tags ?? {}, properties: found?.properties ?? {} }
  }

  async refused(service: string): Promise<string | undefined> {
    if (this.source.kind === 'registry') return undefined
    return (await this.#workspace.endpoints.get(service))?.tags[refusedTag]
  }

  async tag(options: {
    readonly model: string
    readonly version: string
    readonly name: string
    readonly value: string
  }): Promise<boolean> {
    const { model, version, name, value } = options
    const found = await this.#workspace.models.version(model, version)
    if (!found) return false
    if (found.tags[name] !== value)
      await this.#workspace.models.update(model, version, { tags: { ...found.tags, [name]: value } })
    return true
  }
}

function registered(version: ModelVersion): RegisteredVersion {
  const { name, id, tags, properties, stage, isArchived, createdAt } = version
  return {
    ...{ model: name, version: version.version, id, tags, properties, stage, isArchived },
    // Services that do not tell are taken in the order of their numbers.
    registeredAt: createdAt ?? new Date(0).toISOString(),
  }
}
