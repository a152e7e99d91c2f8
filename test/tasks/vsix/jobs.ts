import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'
import { Client } from '../../emulator/client.ts'
import { clientCertificate } from '../../emulator/clients/assertions.ts'
import { python } from '../../requirements.ts'
import { agentEnvironment, jobToken, type ServiceConnection } from '../agentEnvironment.ts'
import { runTask, type TaskRun } from '../runTask.ts'
import { MetadataService, OidcServer } from './tokenServers.ts'

/** The ways in which a service connection signs in. */
export const schemes = ['secret', 'certificate', 'managed identity', 'federation'] as const
export type Scheme = (typeof schemes)[number]

const federationId = '3c2b1a00-0000-4000-8000-00000000000f'

export interface JobRun extends TaskRun {
  /** What was asked of Azure, as it was answered. */
  readonly requests: readonly string[]
  /** The folder of the job; gone by now. */
  readonly folder: string
}

/** An Azure with one workspace, and agents that run the tasks of an unpacked extension there. */
export class Jobs {
  readonly emulator: Emulator
  readonly client: Client
  readonly oidc: OidcServer
  readonly metadata: MetadataService
  readonly #pem: string
  readonly #extension: string
  readonly #location: string

  private constructor(options: {
    readonly emulator: Emulator
    readonly client: Client
    readonly oidc: OidcServer
    readonly metadata: MetadataService
    readonly pem: string
    readonly extension: string
    readonly location: string
  }) {
    this.emulator = options.emulator
    this.client = options.client
    this.oidc = options.oidc
    this.metadata = options.metadata
    this.#pem = options.pem
    this.#extension = options.extension
    this.#location = options.location
  }

  static async start(options: {
    /** Where the extension was unpacked. */
    readonly extension: string
    readonly tokenLifetimeSeconds?: number
    /** The subject that the application trusts. */
    readonly trusted?: string
    /** False where no task has files to move: storage takes a second to start. */
    readonly blobs?: boolean
  }): Promise<Jobs> {
    const location = mkdtempSync(join(tmpdir(), 'azureml-cd-jobs-'))
    const registered = clientCertificate()
    const oidc = new OidcServer(join(location, 'oidc'), federationId)
    await oidc.start()
    const emulator = await createEmulator({
      runtime: 'process',
      python,
      blobs: options.blobs ?? true,
      subscriptionId: '11111111-2222-3333-4444-555555555555',
      resourceGroup: 'models',
      workspace: 'production',
      clientCertificates: [registered.certificate],
      federatedCredentials: [await oidc.credential(options.trusted)],
      ...(options.tokenLifetimeSeconds && { tokenLifetimeSeconds: options.tokenLifetimeSeconds }),
    })
    const client = new Client(emulator)
    const metadata = new MetadataService((scope) => client.token(scope))
    await metadata.start()
    const { extension } = options
    return new Jobs({ emulator, client, oidc, metadata, pem: registered.pem, extension, location })
  }

  async close(): Promise<void> {
    await this.client.close()
    await this.emulator.close()
    await this.oidc.close()
    await this.metadata.close()
    rmSync(this.#location, { recursive: true, force: true })
  }

  /** A connection made for the workspace, so that it knows all of where it is. */
  connection(scheme: Scheme, scopeLevel = 'AzureMLWorkspace'): ServiceConnection {
    const { url, subscriptionId, resourceGroup, workspace, tenantId, clientId, clientSecret } = this.emulator
    const principal = { tenantid: tenantId, serviceprincipalid: clientId }
    const made = {
      secret: {
        scheme: 'ServicePrincipal',
        parameters: { ...principal, authenticationType: 'spnKey', serviceprincipalkey: clientSecret },
      },
      certificate: {
        scheme: 'ServicePrincipal',
        parameters: { ...principal, authenticationType: 'spnCertificate', servicePrincipalCertificate: this.#pem },
      },
      'managed identity': { scheme: 'ManagedServiceIdentity', parameters: { tenantid: tenantId } },
      federation: { scheme: 'WorkloadIdentityFederation', parameters: principal },
    }[scheme]
    return {
      id: federationId,
      url: `${url}/`,
      ...made,
      data: {
        environment: 'AzureStack',
        scopeLevel,
        subscriptionId,
        subscriptionName: 'Production',
        resourceGroupName: resourceGroup,
        mlWorkspaceName: workspace,
        mlWorkspaceLocation: 'westeurope',
      },
    }
  }

  /** Runs a task as a step of a job whose sources are the example's files. */
  async run(
    task: string,
    options: {
      readonly scheme: Scheme
      readonly inputs: Readonly<Record<string, string>>
      readonly node?: string
      readonly variables?: Readonly<Record<string, string>>
      readonly connection?: ServiceConnection
      readonly whenPrinted?: Parameters<typeof runTask>[1]['whenPrinted']
    },
  ): Promise<JobRun> {
    const { scheme, inputs, node, variables = {}, whenPrinted } = options
    const { emulator, oidc, metadata } = this
    const before = emulator.requests.all().length
    let job = ''
    const run = await runTask([join(this.#extension, 'tasks', task, 'index.mjs')], {
      ...(node && { node }),
      ...(whenPrinted && { whenPrinted }),
      prepare: async (sources) => {
        for (const name of ['inferenceconfig.json', 'deploymentconfig.json', 'source', 'models'])
          cpSync(resolve('examples/diabetes', name), join(sources, name), { recursive: true })
        // How fast answers come is not this machine's to promise while other tests run.
        const smoke = readFileSync('examples/diabetes/smoke.json', 'utf8')
        writeFileSync(join(sources, 'smoke.json'), smoke.replace(/"latencyMilliseconds": \{[^}]*\},/g, ''))
      },
      environment: (folder) => {
        job = folder
        const absolute = Object.entries(inputs).map(([name, value]) => [
          name,
          value
            .replaceAll('$(sources)', join(folder, 's'))
            .replaceAll('$(group)', this.client.workspace.replace(/\/Microsoft\.MachineLearningServices.*/, '')),
        ])
        return agentEnvironment({
          folder,
          inputs: Object.fromEntries(absolute),
          connection: options.connection ?? this.connection(scheme),
          variables: {
            // The agent's own authority is that of Azure DevOps; Azure's is the machine's.
            'Agent.CAInfo': oidc.caFile,
            NODE_EXTRA_CA_CERTS: emulator.caFile,
            'System.OidcRequestUri': oidc.uri,
            ...(scheme === 'managed identity' && { AZURE_POD_IDENTITY_AUTHORITY_HOST: metadata.url }),
            ...variables,
          },
        })
      },
    })
    const requests = emulator.requests
      .all()
      .slice(before)
      .map(({ method, path, status }) => `${method} ${path} → ${status ?? 'no answer'}`)
    return { ...run, folder: job, requests }
  }

  /** What stands for what in a snapshot. */
  names(run: JobRun): ReadonlyMap<string, string> {
    const { url, clientSecret, tenantId, clientId } = this.emulator
    return new Map([
      [this.oidc.uri, 'OIDC'],
      [url, 'https://AZURE'],
      [new URL(url).host, 'AZURE'],
      [clientSecret, 'CLIENT-SECRET'],
      [jobToken, 'JOB-TOKEN'],
      [this.client.workspace, 'WORKSPACE'],
      [run.folder, 'JOB'],
      [tenantId, 'TENANT'],
      [clientId, 'CLIENT'],
      [this.oidc.caFile, 'AUTHORITY'],
    ])
  }
}
