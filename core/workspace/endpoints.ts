import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { DeadlineError, type LongRunningOptions } from '../azure/longRunning.ts'
import type { Connection } from './connection.ts'
import { type Endpoint, type EndpointSpec, endpointBody, endpointResource, toEndpoint } from './endpoint.ts'
import { said, segment } from './resource.ts'

export interface EndpointKeys {
  readonly primary: string
  readonly secondary: string
}

export interface EndpointToken {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const keys = z.looseObject({ primaryKey: z.string(), secondaryKey: z.string().default('') })
const token = z.looseObject({ accessToken: z.string(), expiryTimeUtc: z.coerce.number().default(0) })

const settledStates = new Set(['succeeded', 'failed', 'canceled'])

/** Online endpoints: names that score, and how their traffic is split. */
export class Endpoints {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string): Promise<Endpoint | undefined> {
    const found = await this.#connection.find(endpointResource, this.#at(name, 'reading'))
    return found && toEndpoint(found)
  }

  async *list(): AsyncGenerator<Endpoint, void> {
    const request = { path: '/onlineEndpoints', doing: 'listing the endpoints' }
    for await (const item of this.#connection.list(endpointResource, request)) yield toEndpoint(item)
  }

  /**
   * Creates or replaces the whole endpoint, waits until that is done, and returns what is there then.
   * When another change is under way this fails (see `isBusy`) unless told to wait, because what is written was
   * computed from what was read before that change.
   */
  async put(spec: EndpointSpec, options: LongRunningOptions = {}): Promise<Endpoint> {
    const request = { ...this.#at(spec.name, 'writing'), body: endpointBody(spec) }
    const answer = await this.#connection.longRunning('PUT', request, { whenBusy: 'fail', ...options })
    return toEndpoint(parseAnswer(endpointResource, answer, request.doing))
  }

  /** The endpoint once no change of it is under way; undefined when there is none. */
  async settled(name: string, options: LongRunningOptions = {}): Promise<Endpoint | undefined> {
    const { clock, host } = this.#connection
    const { deadlineSeconds = 3600, onState } = options
    const started = clock.now()
    for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
      const endpoint = await this.get(name)
      if (!endpoint || settledStates.has(endpoint.provisioningState.toLowerCase())) return endpoint
      const elapsedSeconds = (clock.now() - started) / 1000
      onState?.(endpoint.provisioningState, elapsedSeconds)
      if (elapsedSeconds >= deadlineSeconds) {
        const doing = `waiting for the endpoint "${name}"`
        throw new DeadlineError({ doing, deadlineSeconds, lastState: endpoint.provisioningState })
      }
      await clock.pause(pause, host.signal)
    }
  }

  /** False when there was no such endpoint. Its deployments go with it. */
  delete(name: string, options: LongRunningOptions = {}): Promise<boolean> {
    return this.#connection.delete(this.#at(name, 'deleting'), options)
  }

  /** The keys of an endpoint with authentication mode `Key`, masked before they are returned. */
  async keys(name: string): Promise<EndpointKeys> {
    const { path, doing } = this.#at(name, 'reading the keys of')
    const answer = await this.#connection.post(keys, { path: `${path}/listKeys`, doing, safe: true })
    this.#connection.host.secret(answer.primaryKey)
    if (answer.secondaryKey) this.#connection.host.secret(answer.secondaryKey)
    return { primary: answer.primaryKey, secondary: answer.secondaryKey }
  }

  /** A token for an endpoint with authentication mode `AMLToken`, masked before it is returned. */
  async token(name: string): Promise<EndpointToken> {
    const { path, doing } = this.#at(name, 'asking for a token of')
    const answer = await this.#connection.post(token, { path: `${path}/token`, doing, safe: true })
    this.#connection.host.secret(answer.accessToken)
    return { token: answer.accessToken, expiresAt: answer.expiryTimeUtc * 1000 }
  }

  /** Replaces one key, by the service's choice or by `value`, and waits until the new one is valid. */
  async regenerateKey(name: string, which: 'Primary' | 'Secondary', value?: string): Promise<void> {
    if (value) this.#connection.host.secret(value)
    const { path, doing } = this.#at(name, `replacing the ${which.toLowerCase()} key of`)
    const body = { keyType: which, ...said({ keyValue: value }) }
    await this.#connection.longRunning('POST', { path: `${path}/regenerateKeys`, doing, body })
  }

  #at(name: string, verb: string) {
    return { path: `/onlineEndpoints/${segment(name)}`, doing: `${verb} the endpoint "${name}"` }
  }
}
