import { z } from 'zod'
import type { Connection } from './connection.ts'
import { labels, segment } from './resource.ts'

export interface Job {
  readonly name: string
  readonly id: string
  readonly status?: string | undefined
  readonly displayName?: string | undefined
  readonly experimentName?: string | undefined
  /** Where the named outputs are, as far as the service says so. */
  readonly outputs: Readonly<Record<string, { readonly type?: string | undefined; readonly uri?: string | undefined }>>
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
}

const job = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    status: z.string().optional(),
    displayName: z.string().optional(),
    experimentName: z.string().optional(),
    outputs: z
      .record(z.string(), z.looseObject({ jobOutputType: z.string().optional(), uri: z.string().optional() }))
      .default({}),
    tags: labels,
    properties: labels,
  }),
})

export class Jobs {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string): Promise<Job | undefined> {
    const request = { path: `/jobs/${segment(name)}`, doing: `reading the job "${name}"` }
    const found = await this.#connection.find(job, request)
    if (!found) return undefined
    const { status, displayName, experimentName, tags, properties } = found.properties
    const outputs = Object.fromEntries(
      Object.entries(found.properties.outputs).map(([key, { jobOutputType, uri }]) => [
        key,
        { type: jobOutputType, uri },
      ]),
    )
    return { name: found.name, id: found.id, status, displayName, experimentName, outputs, tags, properties }
  }
}
