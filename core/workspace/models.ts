import { randomUUID } from 'node:crypto'
import { AzureError } from '../azure/armError.ts'
import type { Connection } from './connection.ts'
import {
  type ModelContainer,
  type ModelVersion,
  modelContainer,
  modelVersion,
  toModelContainer,
  toModelVersion,
} from './modelVersion.ts'
import { labelQuery, said, segment } from './resource.ts'

/** The property that tells whose registration a version is; see `Models.create`. */
export const registrationProperty = 'azureml-cd.registration'

export type ListView = 'ActiveOnly' | 'ArchivedOnly' | 'All'

export interface NewModelVersion {
  readonly name: string
  readonly version: string
  readonly uri: string
  /** `custom_model`, `mlflow_model` or `triton_model`. */
  readonly type: string
  readonly description?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly properties?: Readonly<Record<string, string>> | undefined
  readonly flavors?: Readonly<Record<string, unknown>> | undefined
  readonly jobName?: string | undefined
}

/** `exists`: that version was there before. `lost`: somebody else registered it at the same moment. */
export type Creation =
  | { readonly kind: 'created'; readonly version: ModelVersion }
  | { readonly kind: 'exists'; readonly version: ModelVersion }
  | { readonly kind: 'lost'; readonly version: ModelVersion }

export class Models {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async *containers(options: { readonly listView?: ListView } = {}): AsyncGenerator<ModelContainer, void> {
    const request = { path: '/models', query: { listViewType: options.listView }, doing: 'listing the models' }
    for await (const item of this.#connection.list(modelContainer, request)) yield toModelContainer(item)
  }

  /** The model under which versions are kept, or undefined when there is none of that name. */
  async container(name: string): Promise<ModelContainer | undefined> {
    const path = `/models/${segment(name)}`
    const found = await this.#connection.find(modelContainer, { path, doing: `reading the model "${name}"` })
    return found && toModelContainer(found)
  }

  /** Versions of a model, none when there is no such model. Newest first is `orderBy: 'createdtime desc'`. */
  async *versions(
    name: string,
    options: {
      readonly listView?: ListView | undefined
      readonly orderBy?: string | undefined
      readonly top?: number | undefined
      readonly tags?: Readonly<Record<string, string>> | undefined
    } = {},
  ): AsyncGenerator<ModelVersion, void> {
    const { listView, orderBy, top, tags } = options
    const request = {
      path: `/models/${segment(name)}/versions`,
      query: { listViewType: listView, $orderBy: orderBy, $top: top, tags: labelQuery(tags) },
      doing: `listing the versions of the model "${name}"`,
    }
    for (let hasContainer = false; ; ) {
      let isEmpty = true
      try {
        for await (const item of this.#connection.list(modelVersion, request)) {
          isEmpty = false
          yield toModelVersion(name, item)
        }
        return
      } catch (error) {
        if (!(error instanceof AzureError) || error.status !== 404 || !isEmpty || hasContainer) throw error
        // A model that is not there has no versions; whether the rest of the address is right shows the container. One
        // that is there by now was registered between the two looks.
        if (!(await this.container(name))) return
        hasContainer = true
      }
    }
  }

  async version(name: string, version: string): Promise<ModelVersion | undefined> {
    const found = await this.#connection.find(modelVersion, this.#at(name, version, 'reading'))
    return found && toModelVersion(name, found)
  }

  /**
   * Registers a version that must not exist yet. Azure ML has no create-only request: `If-None-Match` is sent but may
   * be ignored. So a random registration id goes along as a property, and what is read back afterwards tells who won.
   * Two registrations cannot both win as long as their URIs differ, because the path of a version cannot be changed.
   * A PUT that was repeated after a broken connection finds its own id and counts as created.
   */
  async create(model: NewModelVersion): Promise<Creation> {
    const { name, version, uri, type, description, tags = {}, flavors, jobName } = model
    const before = await this.version(name, version)
    if (before) return { kind: 'exists', version: before }
    const registration = randomUUID()
    const properties = { ...model.properties, [registrationProperty]: registration }
    const optional = said({ description, flavors, jobName })
    const body = {
      properties: {
        modelUri: uri,
        modelType: type,
        tags,
        properties,
        isAnonymous: false,
        isArchived: false,
        ...optional,
      },
    }
    let refusal: unknown
    try {
      const request = this.#at(name, version, 'registering')
      await this.#connection.put(modelVersion, { ...request, headers: { 'if-none-match': '*' }, body })
    } catch (error) {
      if (!(error instanceof AzureError) || !isTaken(error)) throw error
      refusal = error
    }
    const after = await this.version(name, version)
    if (!after)
      throw refusal ?? new Error(`The version "${version}" of the model "${name}" is not there after its registration.`)
    const kind = after.properties[registrationProperty] === registration ? 'created' : 'lost'
    return { kind, version: after }
  }

  /** Changes what may change on a version; the rest is written back as it was read. Tags and properties are replaced. */
  async update(
    name: string,
    version: string,
    change: {
      readonly description?: string | undefined
      readonly tags?: Readonly<Record<string, string>> | undefined
      readonly properties?: Readonly<Record<string, string>> | undefined
      readonly isArchived?: boolean | undefined
    },
  ): Promise<ModelVersion> {
    const current = await this.#connection.read(modelVersion, this.#at(name, version, 'reading'))
    const { provisioningState, ...writable } = current.properties
    const body = { properties: { ...writable, ...said(change) } }
    const request = this.#at(name, version, 'updating')
    return toModelVersion(name, await this.#connection.put(modelVersion, { ...request, body }))
  }

  /** False when there was no such version. */
  delete(name: string, version: string): Promise<boolean> {
    return this.#connection.delete(this.#at(name, version, 'deleting'))
  }

  #at(name: string, version: string, verb: string) {
    return {
      path: `/models/${segment(name)}/versions/${segment(version)}`,
      doing: `${verb} version "${version}" of the model "${name}"`,
    }
  }
}

// 412 and 409 from services that honour If-None-Match; the text from those that compare paths (azureml-api.md 3.0).
function isTaken(error: AzureError): boolean {
  return error.status === 412 || error.status === 409 || /asset paths cannot be updated/i.test(error.reason)
}
