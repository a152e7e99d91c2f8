import { z } from 'zod'
import { DeadlineError } from '../azure/longRunning.ts'
import { UserError } from '../errors.ts'
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

/** Words of a job that has come to its end. */
const endStates = new Set(['completed', 'failed', 'canceled', 'notresponding'])

export function hasEnded({ status = '' }: Pick<Job, 'status'>): boolean {
  return endStates.has(status.toLowerCase())
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

  /**
   * The job once it has ended, however it did. Looks quickly at first and then ever more patiently. Throws a
   * DeadlineError; the job goes on then, as it does when the run is cancelled.
   */
  async ended(
    name: string,
    options: {
      readonly deadlineSeconds: number
      /** Called after every look. */
      readonly onState?: ((state: string, elapsedSeconds: number) => void) | undefined
    },
  ): Promise<Job> {
    const { clock, host } = this.#connection
    const { deadlineSeconds, onState } = options
    const begun = clock.now()
    for (let pause = 250; ; pause = Math.min(pause * 1.5, 10_000)) {
      const found = await this.get(name)
      if (!found) throw new UserError(`There is no job "${name}" in the workspace any more.`)
      const { status = 'unknown' } = found
      const elapsed = (clock.now() - begun) / 1000
      onState?.(status, elapsed)
      if (hasEnded(found)) return found
      const left = deadlineSeconds - elapsed
      if (left <= 0)
        throw new DeadlineError({ doing: `waiting for the job "${name}"`, deadlineSeconds, lastState: status })
      await clock.pause(Math.min(pause, left * 1000), host.signal)
    }
  }
}
