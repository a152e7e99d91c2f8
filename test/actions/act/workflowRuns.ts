import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { act } from '../../requirements.ts'
import type { ActionsUnderTest } from '../actionsUnderTest.ts'
import { runProcess } from '../runProcess.ts'
import { exampleRepository, type exampleWorkflows } from './exampleRepository.ts'

type Workflow = (typeof exampleWorkflows)[number]
export type WorkflowRun = Awaited<ReturnType<typeof runProcess>>

/** GitHub, as far as its runner goes: act runs the workflows of an example repository, on this machine, with the built actions. */
export class WorkflowRuns {
  /** Changes what the repository's training makes. */
  readonly train: (version: string) => Promise<void>
  readonly #actions: ActionsUnderTest
  readonly #repository: string
  readonly #release: string
  readonly #home: string

  private constructor(options: {
    readonly actions: ActionsUnderTest
    readonly repository: string
    readonly release: string
    readonly home: string
    readonly train: (version: string) => Promise<void>
  }) {
    this.#actions = options.actions
    this.#repository = options.repository
    this.#release = options.release
    this.#home = options.home
    this.train = options.train
  }

  static async prepare(actions: ActionsUnderTest): Promise<WorkflowRuns> {
    const { workspace } = actions
    const release = join(await workspace.folder(), 'release')
    const packed = await runProcess(process.execPath, ['scripts/packageActions.mjs', '--out', release])
    if (packed.code !== 0) throw new Error(`The actions were not packaged: ${packed.printed}`)
    const repository = await workspace.folder()
    const { train } = await exampleRepository(repository)
    return new WorkflowRuns({ actions, repository, release, home: await workspace.folder(), train })
  }

  /** Runs a workflow as somebody starts it by hand. */
  start(workflow: Workflow, inputs: Readonly<Record<string, string>> = {}): Promise<WorkflowRun> {
    const given = Object.entries(inputs).flatMap(([key, value]) => ['--input', `${key}=${value}`])
    return this.#run('workflow_dispatch', workflow, given)
  }

  /** Runs a workflow as a `repository_dispatch` with this payload does. */
  async dispatch(workflow: Workflow, payload: unknown): Promise<WorkflowRun> {
    const event = join(this.#home, 'event.json')
    await writeFile(event, JSON.stringify({ action: 'model-registered', client_payload: payload }))
    return this.#run('repository_dispatch', workflow, ['--eventpath', event])
  }

  #run(event: string, workflow: Workflow, more: readonly string[]): Promise<WorkflowRun> {
    const { emulator } = this.#actions.workspace
    const variables = {
      AZURE_SUBSCRIPTION_ID: emulator.subscriptionId,
      AZURE_TENANT_ID: emulator.tenantId,
      AZURE_CLIENT_ID: emulator.clientId,
      // act knows no environments of a repository: staging and production have the same variables here.
      AZUREML_RESOURCE_GROUP: emulator.resourceGroup,
      AZUREML_WORKSPACE: emulator.workspace,
    }
    const environment = {
      ...{ AZUREML_CD_CLOUD: emulator.url, NODE_EXTRA_CA_CERTS: emulator.caFile, NO_PROXY: '127.0.0.1,localhost' },
      ...this.#actions.issuer.environment,
    }
    return runProcess(
      act,
      [
        ...[event, '--workflows', `.github/workflows/${workflow}.yml`, '--platform', 'ubuntu-24.04=-self-hosted'],
        ...['--local-repository', `your-org/azureml-cd@v1=${this.#release}`, '--no-cache-server'],
        ...Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}=${value}`]),
        ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...more,
      ],
      { cwd: this.#repository, environment: { HOME: this.#home } },
    )
  }
}
