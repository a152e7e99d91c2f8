import type { Bag, VersionRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { modelText } from './modelText.ts'
import { shownText } from './shownText.ts'
import type { Field, ModelView, Snapshot, VersionView } from './snapshot.ts'

const shownModels = 30
const shownVersions = 6
const shownFields = 40
const own = 'azureml-cd.'
const provenanceNames = ['repository', 'commit', 'actor', 'runUrl']

/** The models of a workspace for the page: read anew only when one has changed, for there may be very many. */
export class ModelViews {
  readonly #state: WorkspaceState
  readonly #identity: WorkspaceIdentity
  #kept: Snapshot['models'] | undefined

  constructor(state: WorkspaceState, identity: WorkspaceIdentity) {
    this.#state = state
    this.#identity = identity
    const forget = (): void => {
      this.#kept = undefined
    }
    const { containers, versions } = state.assets.models
    for (const collection of [containers, versions, state.deployments]) collection.observe(forget)
  }

  all(): Snapshot['models'] {
    this.#kept ??= this.#read()
    return this.#kept
  }

  #read(): Snapshot['models'] {
    const { containers, versions } = this.#state.assets.models
    const deployed = this.#deployed()
    const dated = [...containers.children()].map(({ name, latestVersion, sequence }) => ({
      name,
      sequence: versions.get(`${name}/${latestVersion}`)?.sequence ?? sequence,
    }))
    dated.sort((one, other) => other.sequence - one.sequence)
    const shown = dated.slice(0, shownModels).map(({ name }): ModelView => {
      const all = [...versions.children(name)]
      const isShown = ({ version }: VersionRecord, index: number): boolean =>
        index >= all.length - shownVersions || deployed.has(`${name} ${version}`)
      return {
        name,
        versions: all.length,
        shown: all
          .filter(isShown)
          .map((record) => versionView(record, deployed.get(`${name} ${record.version}`) ?? []))
          .reverse(),
      }
    })
    return { total: dated.length, shown }
  }

  #deployed(): ReadonlyMap<string, readonly string[]> {
    const places = new Map<string, string[]>()
    for (const [, { endpoint, name, properties }] of this.#state.deployments.entries()) {
      const model = modelText(properties.model, this.#identity)
      if (model !== null) places.set(model, [...(places.get(model) ?? []), `${endpoint} / ${name}`])
    }
    return places
  }
}

function versionView(record: VersionRecord, deployedAs: readonly string[]): VersionView {
  const { version, createdAt, properties } = record
  const given = fields(properties.properties)
  const find = (name: string): string => given.find((field) => field.name === own + name)?.value ?? ''
  return {
    version,
    description: shownText(properties.description),
    type: shownText(properties.modelType),
    registeredAt: createdAt,
    isArchived: properties.isArchived === true,
    digest: find('digest'),
    uri: shownText(properties.modelUri),
    provenance: provenanceNames.map((name) => ({ name, value: find(name) })).filter(({ value }) => value !== ''),
    tags: fields(properties.tags),
    properties: given.filter(({ name }) => name !== `${own}digest` && !provenanceNames.includes(name.replace(own, ''))),
    deployedAs,
  }
}

function fields(value: unknown): readonly Field[] {
  const bag: Bag = typeof value === 'object' && value !== null ? { ...value } : {}
  return Object.entries(bag)
    .slice(0, shownFields)
    .map(([name, text]) => ({ name: shownText(name), value: shownText(text) }))
}
