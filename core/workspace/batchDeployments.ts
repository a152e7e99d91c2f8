import { parseAnswer } from '../azure/answers.ts'
import type { LongRunningOptions } from '../azure/longRunning.ts'
import {
  type BatchDeployment,
  type BatchDeploymentSpec,
  batchDeploymentBody,
  batchDeploymentResource,
  toBatchDeployment,
} from './batchDeployment.ts'
import type { Connection } from './connection.ts'
import { segment } from './resource.ts'

/** Deployments of batch endpoints: a model, its code and environment, and how files are handed to it. */
export class BatchDeployments {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(endpoint: string, name: string): Promise<BatchDeployment | undefined> {
    const found = await this.#connection.find(batchDeploymentResource, this.#at(endpoint, name, 'reading'))
    return found && toBatchDeployment(found)
  }

  async *list(endpoint: string): AsyncGenerator<BatchDeployment, void> {
    const request = {
      path: `/batchEndpoints/${segment(endpoint)}/deployments`,
      doing: `listing the deployments of the batch endpoint "${endpoint}"`,
    }
    for await (const item of this.#connection.list(batchDeploymentResource, request)) yield toBatchDeployment(item)
  }

  /** Creates or replaces a deployment, waits until it is ready, and returns what is there then. */
  async put(endpoint: string, spec: BatchDeploymentSpec, options: LongRunningOptions = {}): Promise<BatchDeployment> {
    const request = { ...this.#at(endpoint, spec.name, 'deploying'), body: batchDeploymentBody(spec) }
    const answer = await this.#connection.longRunning('PUT', request, options)
    return toBatchDeployment(parseAnswer(batchDeploymentResource, answer, request.doing))
  }

  /** False when there was no such deployment. Azure refuses to delete the default one. */
  delete(endpoint: string, name: string, options: LongRunningOptions = {}): Promise<boolean> {
    return this.#connection.delete(this.#at(endpoint, name, 'deleting'), options)
  }

  #at(endpoint: string, name: string, verb: string) {
    return {
      path: `/batchEndpoints/${segment(endpoint)}/deployments/${segment(name)}`,
      doing: `${verb} the deployment "${name}" of the batch endpoint "${endpoint}"`,
    }
  }
}
