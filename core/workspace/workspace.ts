import { z } from 'zod'
import { BatchDeployments } from './batchDeployments.ts'
import { BatchEndpoints } from './batchEndpoints.ts'
import { Codes } from './codes.ts'
import { Computes } from './computes.ts'
import { Connection, type ConnectionOptions, type WorkspaceAddress, type WorkspaceHost } from './connection.ts'
import { Connections } from './connections.ts'
import { DataAssets } from './dataAssets.ts'
import { Datastores } from './datastores.ts'
import { Deployments } from './deployments.ts'
import { Endpoints } from './endpoints.ts'
import { Environments } from './environments.ts'
import { Jobs } from './jobs.ts'
import { Models } from './models.ts'
import { labels } from './resource.ts'

export interface WorkspaceProperties {
  readonly id: string
  readonly name: string
  /** The region, as `westeurope`. */
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  /** The GUID that addresses of the form `azureml://locations/…/workspaces/<GUID>/…` use. */
  readonly workspaceId?: string | undefined
  readonly discoveryUrl?: string | undefined
  readonly storageAccount?: string | undefined
  readonly containerRegistry?: string | undefined
  readonly applicationInsights?: string | undefined
  /** True when the workspace refuses the interfaces that this client speaks. */
  readonly v1LegacyMode: boolean
}

const workspace = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  tags: labels,
  properties: z
    .looseObject({
      workspaceId: z.string().optional(),
      discoveryUrl: z.string().optional(),
      storageAccount: z.string().optional(),
      containerRegistry: z.string().optional(),
      applicationInsights: z.string().optional(),
      v1LegacyMode: z.boolean().default(false),
    })
    .default({ v1LegacyMode: false }),
})

/** An Azure Machine Learning workspace. Making one sends nothing; the first question signs in. */
export class Workspace {
  readonly address: WorkspaceAddress
  /** The ARM id. */
  readonly id: string
  readonly connection: Connection
  readonly models: Models
  readonly datastores: Datastores
  readonly codes: Codes
  readonly environments: Environments
  readonly endpoints: Endpoints
  readonly deployments: Deployments
  readonly batchEndpoints: BatchEndpoints
  readonly batchDeployments: BatchDeployments
  readonly jobs: Jobs
  readonly data: DataAssets
  readonly computes: Computes
  readonly connections: Connections
  #properties: Promise<WorkspaceProperties> | undefined

  constructor(address: WorkspaceAddress, host: WorkspaceHost, options: ConnectionOptions = {}) {
    this.address = address
    this.connection = new Connection(address, host, options)
    this.id = this.connection.id
    this.models = new Models(this.connection)
    this.datastores = new Datastores(this.connection)
    this.codes = new Codes(this.connection)
    this.environments = new Environments(this.connection)
    this.endpoints = new Endpoints(this.connection)
    this.deployments = new Deployments(this.connection)
    this.batchEndpoints = new BatchEndpoints(this.connection)
    this.batchDeployments = new BatchDeployments(this.connection)
    this.jobs = new Jobs(this.connection)
    this.data = new DataAssets(this.connection)
    this.computes = new Computes(this.connection)
    this.connections = new Connections(this.connection)
  }

  /** Asked once, and again only after a failure. */
  properties(): Promise<WorkspaceProperties> {
    this.#properties ??= this.#read().catch((error: unknown) => {
      this.#properties = undefined
      throw error
    })
    return this.#properties
  }

  async #read(): Promise<WorkspaceProperties> {
    const request = { path: '', doing: `reading the workspace "${this.address.workspace}"` }
    const { id, name, location, tags, properties } = await this.connection.read(workspace, request)
    const { workspaceId, discoveryUrl, storageAccount, containerRegistry, applicationInsights } = properties
    return {
      ...{
        id,
        name,
        location,
        tags,
        workspaceId,
        discoveryUrl,
        storageAccount,
        containerRegistry,
        applicationInsights,
      },
      v1LegacyMode: properties.v1LegacyMode,
    }
  }
}
