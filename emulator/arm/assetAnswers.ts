import type { Bag, ContainerRecord, VersionRecord } from '../state/records.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import type { AssetPlace } from './assetPlace.ts'
import type { AssetRules } from './assetRules.ts'
import { envelope } from './envelope.ts'

/** Assets of one kind in one place, as clients see them. */
export class AssetAnswers {
  readonly #identity: WorkspaceIdentity
  readonly #rules: AssetRules
  readonly #place: AssetPlace

  constructor(options: {
    readonly identity: WorkspaceIdentity
    readonly rules: AssetRules
    readonly place: AssetPlace
  }) {
    this.#identity = options.identity
    this.#rules = options.rules
    this.#place = options.place
  }

  container(record: ContainerRecord, prefix: string): unknown {
    return envelope({
      identity: this.#identity,
      record,
      base: { path: this.#place.path(prefix), type: this.#place.type },
      path: [this.#rules.kind, record.name],
      name: record.name,
      properties: {
        ...withDefaults(record.properties),
        latestVersion: this.#latestVersion(record, prefix),
        nextVersion: String(record.highestVersion + 1),
        provisioningState: 'Succeeded',
      },
    })
  }

  version(record: VersionRecord, prefix: string): unknown {
    return envelope({
      identity: this.#identity,
      record,
      base: { path: this.#place.path(prefix), type: this.#place.type },
      path: [this.#rules.kind, record.name, 'versions', record.version],
      name: record.version,
      properties: {
        isAnonymous: false,
        ...withDefaults(record.properties, this.#rules.defaults),
        provisioningState: 'Succeeded',
      },
    })
  }

  /** The one that was made last, of those that are left. */
  #latestVersion({ name, latestVersion: made }: ContainerRecord, prefix: string): string | null {
    const { versions } = this.#place.collections[this.#rules.kind]
    if (made === null || versions.get(`${prefix}${name}/${made}`) !== undefined) return made
    let newest: VersionRecord | undefined
    for (const one of versions.children(`${prefix}${name}`)) if (one.sequence > (newest?.sequence ?? 0)) newest = one
    return newest?.version ?? null
  }
}

function withDefaults(properties: Bag, more: Bag = {}): Bag {
  return {
    ...properties,
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, properties[name] ?? value])),
    description: properties.description ?? null,
    tags: properties.tags ?? {},
    properties: properties.properties ?? {},
    isArchived: properties.isArchived ?? false,
  }
}
