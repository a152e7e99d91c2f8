import { z } from 'zod'
import type { Connection } from './connection.ts'
import { labels, said, segment } from './resource.ts'

/** A version of an environment: an image, or a build, with packages from a conda file. */
export interface Environment {
  readonly name: string
  readonly version: string
  readonly id: string
  readonly image?: string | undefined
  readonly build?: { readonly contextUri: string; readonly dockerfilePath?: string | undefined } | undefined
  /** The text of the conda file, not its path. */
  readonly condaFile?: string | undefined
  readonly inferenceConfig?: Readonly<Record<string, unknown>> | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
}

const environment = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    image: z.string().optional(),
    build: z.looseObject({ contextUri: z.string(), dockerfilePath: z.string().optional() }).optional(),
    condaFile: z.string().optional(),
    inferenceConfig: z.record(z.string(), z.unknown()).optional(),
    tags: labels,
    properties: labels,
  }),
})

export class Environments {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string, version: string): Promise<Environment | undefined> {
    const found = await this.#connection.find(environment, this.#at(name, version, 'reading'))
    return found && toEnvironment(name, found)
  }

  /** The newest version that is not archived. */
  async latest(name: string): Promise<Environment | undefined> {
    const request = {
      path: `/environments/${segment(name)}/versions`,
      query: { $orderBy: 'createdtime desc', $top: 1, listViewType: 'ActiveOnly' },
      doing: `looking for the newest version of the environment "${name}"`,
    }
    const found = await this.#connection.first(environment, request)
    return found && toEnvironment(name, found)
  }

  async put(wanted: Omit<Environment, 'id'> & { readonly isAnonymous?: boolean | undefined }): Promise<Environment> {
    const { name, version, image, build, condaFile, inferenceConfig, tags, properties, isAnonymous = false } = wanted
    const optional = said({ image, build, condaFile, inferenceConfig })
    const body = { properties: { ...optional, osType: 'Linux', tags, properties, isAnonymous } }
    const written = await this.#connection.put(environment, { ...this.#at(name, version, 'writing'), body })
    return toEnvironment(name, written)
  }

  #at(name: string, version: string, verb: string) {
    return {
      path: `/environments/${segment(name)}/versions/${segment(version)}`,
      doing: `${verb} version "${version}" of the environment "${name}"`,
    }
  }
}

function toEnvironment(name: string, resource: z.output<typeof environment>): Environment {
  const { image, build, condaFile, inferenceConfig, tags, properties } = resource.properties
  return { name, version: resource.name, id: resource.id, image, build, condaFile, inferenceConfig, tags, properties }
}
