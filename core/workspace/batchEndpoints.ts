import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { DeadlineError, type LongRunningOptions } from '../azure/longRunning.ts'
import type { Connection } from './connection.ts'
import { labels, said, segment } from './resource.ts'

/** What can be written of a batch endpoint; a `BatchEndpoint` that was read is one. */
export interface BatchEndpointSpec {
  readonly name: string
  readonly location: string
  readonly description?: string | undefined
  /** The deployment that runs what is asked of the endpoint and names no other. */
  readonly defaultDeployment?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly identity?: Readonly<Record<string, unknown>> | undefined
  /** What else was read and must be written back untouched: `properties` as the service sent them. */
  readonly raw?: Readonly<Record<string, unknown>> | undefined
}

export interface BatchEndpoint extends BatchEndpointSpec {
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
  /** Where jobs are begun: `https://…/jobs`. Missing while the endpoint is being made. */
  readonly scoringUri?: string | undefined
  /** `Creating`, `Updating`, `Deleting`, `Succeeded`, `Failed` or `Canceled`. */
  readonly provisioningState: string
  readonly raw: Readonly<Record<string, unknown>>
}

const resource = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  tags: labels,
  identity: z.record(z.string(), z.unknown()).optional(),
  properties: z.looseObject({
    description: z.string().optional(),
    defaults: z.looseObject({ deploymentName: z.string().optional() }).optional(),
    scoringUri: z.string().optional(),
    provisioningState: z.string().default('Succeeded'),
  }),
})

const settledStates = new Set(['succeeded', 'failed', 'canceled'])

/** Batch endpoints: names that score many files at once, as jobs. Everybody shows a token of Microsoft Entra. */
export class BatchEndpoints {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string): Promise<BatchEndpoint | undefined> {
    const found = await this.#connection.find(resource, this.#at(name, 'reading'))
    return found && toEndpoint(found)
  }

  async *list(): AsyncGenerator<BatchEndpoint, void> {
    const request = { path: '/batchEndpoints', doing: 'listing the batch endpoints' }
    for await (const item of this.#connection.list(resource, request)) yield toEndpoint(item)
  }

  /**
   * Creates or replaces the whole endpoint, waits until that is done, and returns what is there then. When another
   * change is under way this fails (see `isBusy`) unless told to wait.
   */
  async put(spec: BatchEndpointSpec, options: LongRunningOptions = {}): Promise<BatchEndpoint> {
    const request = { ...this.#at(spec.name, 'writing'), body: bodyOf(spec) }
    const answer = await this.#connection.longRunning('PUT', request, { whenBusy: 'fail', ...options })
    return toEndpoint(parseAnswer(resource, answer, request.doing))
  }

  /** The endpoint once no change of it is under way; undefined when there is none. */
  async settled(name: string, { deadlineSeconds = 3600 }: LongRunningOptions = {}): Promise<BatchEndpoint | undefined> {
    const { clock, host } = this.#connection
    const giveUpAt = clock.now() + deadlineSeconds * 1000
    for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
      const endpoint = await this.get(name)
      if (!endpoint || settledStates.has(endpoint.provisioningState.toLowerCase())) return endpoint
      if (clock.now() >= giveUpAt) {
        const doing = `waiting for the batch endpoint "${name}"`
        throw new DeadlineError({ doing, deadlineSeconds, lastState: endpoint.provisioningState })
      }
      await clock.pause(pause, host.signal)
    }
  }

  /** False when there was no such endpoint. Its deployments go with it. */
  delete(name: string, options: LongRunningOptions = {}): Promise<boolean> {
    return this.#connection.delete(this.#at(name, 'deleting'), options)
  }

  #at(name: string, verb: string) {
    return { path: `/batchEndpoints/${segment(name)}`, doing: `${verb} the batch endpoint "${name}"` }
  }
}

function toEndpoint({ id, name, location, tags, identity, properties }: z.output<typeof resource>): BatchEndpoint {
  const { description, defaults, scoringUri, provisioningState } = properties
  return {
    ...{ id, name, location, tags, identity, description, scoringUri, provisioningState },
    ...{ defaultDeployment: defaults?.deploymentName, raw: properties },
  }
}

function bodyOf(spec: BatchEndpointSpec): Readonly<Record<string, unknown>> {
  const { location, tags = {}, description, defaultDeployment, identity, raw = {} } = spec
  const { scoringUri: _, swaggerUri: __, provisioningState: ___, defaults: ____, ...untouched } = raw
  // The principal and the tenant are the service's to say.
  const { principalId, tenantId, ...writable } = identity ?? {}
  return {
    location,
    tags,
    ...(identity ? { identity: writable } : {}),
    properties: {
      ...untouched,
      ...said({ description }),
      authMode: 'AADToken',
      ...(defaultDeployment === undefined ? {} : { defaults: { deploymentName: defaultDeployment } }),
    },
  }
}
