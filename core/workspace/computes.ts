import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import type { LongRunningOptions } from '../azure/longRunning.ts'
import type { Connection } from './connection.ts'
import { segment } from './resource.ts'

/** What one kind of replica on a cluster may use, and on which nodes it runs. */
export interface InstanceType {
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined
  readonly resources?:
    | {
        readonly requests?: Readonly<Record<string, string>> | undefined
        readonly limits?: Readonly<Record<string, string>> | undefined
      }
    | undefined
}

export interface Compute {
  readonly name: string
  readonly id: string
  /** `Kubernetes`, `AmlCompute`, `AKS` (attached the way of v1), … */
  readonly type: string
  /** What is attached; undefined for what Azure ML made. */
  readonly resourceId?: string | undefined
  readonly provisioningState: string
  /** Of a Kubernetes compute. */
  readonly namespace?: string | undefined
  readonly defaultInstanceType?: string | undefined
  readonly instanceTypes: Readonly<Record<string, InstanceType>>
}

const texts = z
  .record(z.string(), z.coerce.string())
  .nullish()
  .transform((value) => value ?? undefined)
const instanceType = z.looseObject({
  nodeSelector: texts,
  resources: z
    .looseObject({ requests: texts, limits: texts })
    .nullish()
    .transform((value) => value ?? undefined),
})
const compute = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    computeType: z.string(),
    resourceId: z.string().nullish(),
    provisioningState: z.string().default('Succeeded'),
    properties: z
      .looseObject({
        namespace: z.string().nullish(),
        defaultInstanceType: z.string().nullish(),
        instanceTypes: z.record(z.string(), instanceType).nullish(),
      })
      .nullish(),
  }),
})

/** Computes: clusters that are attached to the workspace or that Azure ML made. */
export class Computes {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string): Promise<Compute | undefined> {
    const found = await this.#connection.find(compute, this.#at(name, 'reading'))
    return found && toCompute(found)
  }

  /** Attaches a Kubernetes cluster, or changes how it is attached; waits until that is done. */
  async attachKubernetes(
    options: {
      readonly name: string
      readonly location: string
      readonly resourceId: string
      readonly namespace: string
      readonly instanceTypes?: Readonly<Record<string, InstanceType>> | undefined
      readonly defaultInstanceType?: string | undefined
    },
    running: LongRunningOptions = {},
  ): Promise<Compute> {
    const { name, location, resourceId, namespace, instanceTypes, defaultInstanceType } = options
    const request = {
      ...this.#at(name, 'attaching'),
      body: {
        location,
        identity: { type: 'SystemAssigned' },
        properties: {
          computeType: 'Kubernetes',
          resourceId,
          properties: {
            namespace,
            ...(instanceTypes ? { instanceTypes } : {}),
            ...(defaultInstanceType ? { defaultInstanceType } : {}),
          },
        },
      },
    }
    const answer = await this.#connection.longRunning('PUT', request, running)
    return toCompute(parseAnswer(compute, answer, request.doing))
  }

  /** Takes a compute out of the workspace; `Delete` deletes what it stands for too. False when there was none. */
  remove(name: string, action: 'Delete' | 'Detach', options: LongRunningOptions = {}): Promise<boolean> {
    const request = {
      ...this.#at(name, action === 'Delete' ? 'deleting' : 'detaching'),
      query: { underlyingResourceAction: action },
    }
    return this.#connection.delete(request, options)
  }

  #at(name: string, verb: string) {
    return { path: `/computes/${segment(name)}`, doing: `${verb} the compute "${name}"` }
  }
}

function toCompute({ id, name, properties }: z.output<typeof compute>): Compute {
  const { computeType: type, resourceId, provisioningState, properties: inner } = properties
  return {
    ...{ id, name, type, provisioningState },
    resourceId: resourceId ?? undefined,
    namespace: inner?.namespace ?? undefined,
    defaultInstanceType: inner?.defaultInstanceType ?? undefined,
    instanceTypes: inner?.instanceTypes ?? {},
  }
}
