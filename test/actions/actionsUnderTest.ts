import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { EmulatorOptions } from '../../emulator/index.ts'
import { WorkspaceUnderTest } from '../core/operations/workspaceUnderTest.ts'
import { bundledActions } from './bundledActions.ts'
import { runStep, type Step, type StepRun } from './runner.ts'
import { TokenIssuer } from './tokenIssuer.ts'

type Inputs = Readonly<Record<string, string>>

/** The same in every run, so that what is printed can be compared. */
export const fixedWorkspace = {
  subscriptionId: '00000000-0000-4000-8000-000000000001',
  resourceGroup: 'models',
  workspace: 'ml-production',
} as const

/** The built actions as child processes, an embedded workspace that they talk to, and who tells it about the job. */
export class ActionsUnderTest {
  readonly workspace: WorkspaceUnderTest
  readonly issuer: TokenIssuer
  /** What arrived since it was last cleared, but for the storage account, in order of arrival. */
  readonly arrived: string[] = []
  /** The tokens that arrived with them. */
  readonly bearers = new Set<string>()
  /** The Node.js that runs the actions. */
  readonly node: string

  private constructor(workspace: WorkspaceUnderTest, issuer: TokenIssuer, node: string) {
    this.node = node
    this.workspace = workspace
    this.issuer = issuer
    const { requests } = workspace.emulator
    const record = requests.watch.bind(requests)
    requests.watch = (request, response) => {
      record(request, response)
      this.#note(request)
    }
  }

  static async start(options: EmulatorOptions = {}, node = process.execPath): Promise<ActionsUnderTest> {
    const issuer = await TokenIssuer.start()
    const workspace = await WorkspaceUnderTest.start({
      ...fixedWorkspace,
      federatedCredentials: [issuer.credential],
      ...options,
    })
    return new ActionsUnderTest(workspace, issuer, node)
  }

  async close(): Promise<void> {
    await this.issuer.close()
    await this.workspace.close()
  }

  /** The inputs that say which workspace. */
  get address(): Inputs {
    const { url, subscriptionId, resourceGroup, workspace } = this.workspace.emulator
    return { cloud: url, 'subscription-id': subscriptionId, 'resource-group': resourceGroup, workspace }
  }

  /** The inputs of a job that signs in by OIDC. */
  get oidc(): Inputs {
    const { tenantId, clientId } = this.workspace.emulator
    return { 'tenant-id': tenantId, 'client-id': clientId }
  }

  /** Runs a built action as a step of a job that may sign in by OIDC, and does so unless the inputs say otherwise. */
  step(
    action: string,
    inputs: Inputs = {},
    options: Partial<Omit<Step, 'program' | 'inputs'>> & { readonly signIn?: Inputs } = {},
  ): Promise<StepRun> {
    const { signIn = this.oidc, environment = {}, ...rest } = options
    return runStep({
      node: [this.node],
      program: [join(bundledActions, `${action}.mjs`)],
      inputs: { ...this.address, ...signIn, ...inputs },
      environment: {
        NODE_EXTRA_CA_CERTS: this.workspace.emulator.caFile,
        NO_PROXY: '127.0.0.1,localhost',
        ...this.issuer.environment,
        ...environment,
      },
      ...rest,
    })
  }

  #note({ method, url = '', headers }: IncomingMessage): void {
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (bearer) this.bearers.add(bearer)
    // Deployments fetch their files from storage at times of their own.
    if (!/^\/(subscriptions|metadata|endpoints|[0-9a-f-]{36})\//.test(url)) return
    this.arrived.push(`${method} ${url.replace(/\?.*$/, '')}`)
  }
}
