import type { TriggerSource } from '../../../../core/config/triggerFile.ts'
import type { RegisteredModel, RegisteredVersion, Registry, ServedVersion } from '../../../../core/trigger/registry.ts'
import { epoch, type VirtualTime } from './virtualTime.ts'

export const source: TriggerSource = {
  ...{ kind: 'workspace', name: 'ws', subscriptionId: 's', resourceGroup: 'g', resource: 'ws' },
  ...{ id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ws' },
  ...{ cloud: undefined, apiVersion: undefined },
}

/** The registry of the simulation: one clock, its own, and no faults but slowness. */
export class RegistrySide {
  readonly models = new Map<string, RegisteredVersion[]>()
  /** What services serve, and what they have taken back, by their names. */
  readonly served = new Map<string, ServedVersion>()
  readonly refused = new Map<string, string>()
  tagWrites = 0
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  register(model: string, tags: Readonly<Record<string, string>>): RegisteredVersion {
    const versions = this.models.get(model) ?? []
    const version = String(versions.length + 1)
    const made: RegisteredVersion = {
      ...{ model, version, id: `${source.id}/models/${model}/versions/${version}`, tags, properties: {} },
      ...{ stage: undefined, isArchived: false, registeredAt: new Date(epoch + this.#time.now).toISOString() },
    }
    this.models.set(model, [...versions, made])
    return made
  }

  client(reach: <T>(work: () => T) => Promise<T>): Registry {
    return {
      ...{ source, requests: 0 },
      models: () => this.#list(reach),
      versions: (model) => this.#versions(model, reach),
      version: (model, version) => reach(() => this.models.get(model)?.find((one) => one.version === version)),
      served: (service) => reach(() => this.served.get(service)),
      refused: (service) => reach(() => this.refused.get(service)),
      tag: ({ model, version, name, value }) =>
        reach(() => {
          const versions = this.models.get(model) ?? []
          const at = versions.findIndex((one) => one.version === version)
          const found = versions[at]
          if (!found) return false
          if (found.tags[name] === value) return true
          this.tagWrites += 1
          versions[at] = { ...found, tags: { ...found.tags, [name]: value } }
          return true
        }),
    }
  }

  async *#list(reach: <T>(work: () => T) => Promise<T>): AsyncGenerator<RegisteredModel> {
    for (let from = 0; from < this.models.size; from += 100)
      yield* await reach(() =>
        [...this.models]
          .slice(from, from + 100)
          .map(([name, versions]): RegisteredModel => ({ name, latestVersion: versions.at(-1)?.version })),
      )
  }

  async *#versions(model: string, reach: <T>(work: () => T) => Promise<T>): AsyncGenerator<RegisteredVersion> {
    // Pages of the list as it is when each is asked for.
    let before = Number.POSITIVE_INFINITY
    for (;;) {
      const page = await reach(() => {
        const versions = this.models.get(model) ?? []
        return versions
          .slice(Math.max(0, Math.min(before, versions.length) - 100), Math.min(before, versions.length))
          .reverse()
      })
      yield* page
      const last = page.at(-1)
      if (!last || last.version === '1') return
      before = Number(last.version) - 1
    }
  }
}
