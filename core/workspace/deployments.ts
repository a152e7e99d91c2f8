import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import type { LongRunningOptions } from '../azure/longRunning.ts'
import type { Connection } from './connection.ts'
import { type Deployment, type DeploymentSpec, deploymentBody, deploymentResource, toDeployment } from './deployment.ts'
import { segment } from './resource.ts'

const logs = z.looseObject({ content: z.string().default('') })

/** Deployments of online endpoints: a model, its code and environment, and how many instances of it run. */
export class Deployments {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(endpoint: string, name: string): Promise<Deployment | undefined> {
    const found = await this.#connection.find(deploymentResource, this.#at(endpoint, name, 'reading'))
    return found && toDeployment(found)
  }

  async *list(endpoint: string): AsyncGenerator<Deployment, void> {
    const request = {
      path: `/onlineEndpoints/${segment(endpoint)}/deployments`,
      doing: `listing the deployments of the endpoint "${endpoint}"`,
    }
    for await (const item of this.#connection.list(deploymentResource, request)) yield toDeployment(item)
  }

  /** Creates or replaces a deployment, waits until it is ready, and returns what is there then. */
  async put(endpoint: string, spec: DeploymentSpec, options: LongRunningOptions = {}): Promise<Deployment> {
    const request = { ...this.#at(endpoint, spec.name, 'deploying'), body: deploymentBody(spec) }
    const answer = await this.#connection.longRunning('PUT', request, options)
    return toDeployment(parseAnswer(deploymentResource, answer, request.doing))
  }

  /** False when there was no such deployment. */
  delete(endpoint: string, name: string, options: LongRunningOptions = {}): Promise<boolean> {
    return this.#connection.delete(this.#at(endpoint, name, 'deleting'), options)
  }

  /** The last lines that a container of the deployment wrote. The text is remote: it may hold anything. */
  async logs(
    endpoint: string,
    name: string,
    options: { readonly lines?: number; readonly container?: 'InferenceServer' | 'StorageInitializer' } = {},
  ): Promise<string> {
    const { lines = 200, container = 'InferenceServer' } = options
    const { path, doing } = this.#at(endpoint, name, 'reading the log of')
    const body = { containerType: container, tail: lines }
    return (await this.#connection.post(logs, { path: `${path}/getLogs`, doing, body, safe: true })).content
  }

  #at(endpoint: string, name: string, verb: string) {
    return {
      path: `/onlineEndpoints/${segment(endpoint)}/deployments/${segment(name)}`,
      doing: `${verb} the deployment "${name}" of the endpoint "${endpoint}"`,
    }
  }
}
