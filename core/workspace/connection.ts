import type { TokenCredential } from '@azure/core-auth'
import type { HttpClient } from '@azure/core-rest-pipeline'
import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { AzureError } from '../azure/armError.ts'
import { type Clock, systemClock } from '../azure/clock.ts'
import { type Cloud, resolveCloud } from '../azure/clouds.ts'
import { type LongRunningOptions, runLongRunning } from '../azure/longRunning.ts'
import type { ManagementAccess } from '../azure/management.ts'
import { ArmClient, type ArmRequest } from '../azure/pipeline.ts'
import { InputError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'

/** The stable api-version whose shapes the schemas of this folder follow (azureml-api.md 2). */
export const defaultApiVersion = '2026-05-01'

export interface WorkspaceAddress {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  /** A registry that several workspaces use, instead of a workspace: then `workspace` is its name. */
  readonly isRegistry?: boolean | undefined
  /** `public`, `usgovernment`, `china`, or the https address of a resource manager. */
  readonly cloud: string
  /** For clouds that are behind. */
  readonly apiVersion?: string | undefined
}

export type WorkspaceHost = Pick<Host, 'credential' | 'log' | 'signal' | 'secret' | 'progress'>

export interface ConnectionOptions {
  readonly httpClient?: HttpClient | undefined
  readonly clock?: Clock | undefined
}

/** A request below the workspace: `path` is relative to it, as in `/models/diabetes`. */
export type WorkspaceRequest = Omit<ArmRequest, 'path' | 'method'> & { readonly path: string }

const page = z.looseObject({ value: z.array(z.unknown()), nextLink: z.string().optional() })

/** One workspace over one client, which is made when it is first needed: only then somebody signs in. */
export class Connection {
  readonly address: WorkspaceAddress
  readonly host: WorkspaceHost
  readonly clock: Clock
  readonly httpClient: HttpClient | undefined
  /** The workspace's ARM id. */
  readonly id: string
  /** How many requests were sent so far, repeats after failures not counted. */
  requests = 0
  #client: Promise<ArmClient> | undefined
  #credential: Promise<TokenCredential> | undefined

  constructor(address: WorkspaceAddress, host: WorkspaceHost, options: ConnectionOptions) {
    this.address = address
    this.host = host
    this.clock = options.clock ?? systemClock
    this.httpClient = options.httpClient
    const { subscriptionId, resourceGroup, workspace, isRegistry = false } = address
    const provider = `resourceGroups/${encodeURIComponent(resourceGroup)}/providers/Microsoft.MachineLearningServices`
    this.id = `/subscriptions/${encodeURIComponent(subscriptionId)}/${provider}/${isRegistry ? 'registries' : 'workspaces'}/${encodeURIComponent(workspace)}`
  }

  client(): Promise<ArmClient> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async cloud(): Promise<Cloud> {
    return (await this.client()).cloud
  }

  /** What is there, or undefined when Azure says that it does not exist. */
  async find<T extends z.ZodType>(schema: T, request: WorkspaceRequest): Promise<z.output<T> | undefined> {
    try {
      return await this.read(schema, request)
    } catch (error) {
      if (error instanceof AzureError && isAbsence(error)) return undefined
      throw error
    }
  }

  read<T extends z.ZodType>(schema: T, request: WorkspaceRequest): Promise<z.output<T>> {
    return this.#exchange(schema, 'GET', request)
  }

  put<T extends z.ZodType>(schema: T, request: WorkspaceRequest): Promise<z.output<T>> {
    return this.#exchange(schema, 'PUT', request)
  }

  post<T extends z.ZodType>(schema: T, request: WorkspaceRequest): Promise<z.output<T>> {
    return this.#exchange(schema, 'POST', request)
  }

  /** False when there was nothing to delete. */
  async delete(request: WorkspaceRequest, options: LongRunningOptions = {}): Promise<boolean> {
    try {
      return (await this.longRunning('DELETE', request, options)) === true
    } catch (error) {
      if (error instanceof AzureError && isAbsence(error)) return false
      throw error
    }
  }

  async longRunning(
    method: ArmRequest['method'],
    request: WorkspaceRequest,
    options: LongRunningOptions = {},
  ): Promise<unknown> {
    return runLongRunning(await this.client(), this.#below(method, request), options)
  }

  /** Every item of a paged list, in the service's order; pages are fetched as they are needed. */
  async *list<T extends z.ZodType>(schema: T, request: WorkspaceRequest): AsyncGenerator<z.output<T>, void> {
    const client = await this.client()
    let next: ArmRequest | undefined = this.#below('GET', request)
    while (next) {
      this.requests += 1
      const { body } = await client.send(next)
      const { value, nextLink } = parseAnswer(page, body, request.doing)
      for (const item of value) yield parseAnswer(schema, item, request.doing)
      next = nextLink ? { method: 'GET', path: nextLink, doing: request.doing } : undefined
    }
  }

  /** The first item of a list; undefined when it is empty or Azure says that what would hold it does not exist. */
  async first<T extends z.ZodType>(schema: T, request: WorkspaceRequest): Promise<z.output<T> | undefined> {
    try {
      for await (const item of this.list(schema, request)) return item
      return undefined
    } catch (error) {
      if (error instanceof AzureError && isAbsence(error)) return undefined
      throw error
    }
  }

  async #exchange<T extends z.ZodType>(
    schema: T,
    method: ArmRequest['method'],
    request: WorkspaceRequest,
  ): Promise<z.output<T>> {
    const client = await this.client()
    this.requests += 1
    const { body } = await client.send(this.#below(method, request))
    return parseAnswer(schema, body, request.doing)
  }

  #below(method: ArmRequest['method'], request: WorkspaceRequest): ArmRequest {
    return { ...request, method, path: `${this.id}${request.path}` }
  }

  /** What Microsoft's management clients need to work beside the workspace. */
  async management(): Promise<ManagementAccess> {
    const cloud = await this.cloud()
    const { subscriptionId } = this.address
    return { cloud, subscriptionId, credential: await this.#signIn(cloud), signal: this.host.signal }
  }

  /** What signs requests to other services than the resource manager, such as storage. */
  async credential(): Promise<TokenCredential> {
    return this.#signIn(await this.cloud())
  }

  #signIn(cloud: Cloud): Promise<TokenCredential> {
    this.#credential ??= this.host
      .credential({ authorityHost: cloud.authorityHost, custom: cloud.custom })
      .catch((error: unknown) => {
        this.#credential = undefined
        if (error instanceof UserError) throw error
        throw AzureError.fromFailure(`connecting to the workspace "${this.address.workspace}"`, error)
      })
    return this.#credential
  }

  async #connect(): Promise<ArmClient> {
    const { host, httpClient, clock, address } = this
    const { apiVersion = defaultApiVersion } = address
    if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(apiVersion))
      throw new InputError(`The api-version "${apiVersion}" is not a date such as ${defaultApiVersion}.`)
    const cloud = await resolveCloud({ cloud: address.cloud, httpClient, signal: host.signal })
    const credential = await this.#signIn(cloud)
    return new ArmClient({ cloud, apiVersion, credential, log: host.log, signal: host.signal, httpClient, clock })
  }
}

/**
 * Only a 404 means "does not exist", and only when it speaks of the thing itself: a 404 because the subscription, the
 * resource group or the workspace is missing is a mistake in the address and stays an error.
 */
function isAbsence(error: AzureError): boolean {
  if (error.status !== 404) return false
  if (/^(SubscriptionNotFound|InvalidSubscriptionId|ResourceGroupNotFound|WorkspaceNotFound)$/.test(error.code ?? ''))
    return false
  return !/\/workspaces\/[^/']+'/i.test(error.reason)
}
