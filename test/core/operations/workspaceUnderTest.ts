import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createEmulator, type Emulator, type EmulatorOptions, type RecordedRequest } from '../../../emulator/index.ts'
import { Client } from '../../emulator/client.ts'
import { python } from '../../requirements.ts'
import { Product } from './product.ts'

export { type Ended, type RunOptions, rolloutTags, type ServiceState, type Watcher } from './product.ts'

const diabetes = resolve('examples/diabetes')

/** An embedded workspace in this process, and the product that talks to it. */
export class WorkspaceUnderTest extends Product {
  readonly emulator: Emulator
  readonly #smoke: string

  private constructor(emulator: Emulator, location: string) {
    super({ client: new Client(emulator), envFile: emulator.envFile, location })
    this.emulator = emulator
    this.#smoke = join(location, 'smoke.json')
    // How fast answers come is not this machine's to promise while other tests run.
    const smoke = readFileSync(join(diabetes, 'smoke.json'), 'utf8')
    writeFileSync(this.#smoke, smoke.replace(/"latencyMilliseconds": \{[^}]*\},/g, ''))
    const { requests } = emulator
    const record = requests.watch.bind(requests)
    const counts = new Map<string, number>()
    requests.watch = (request, response) => {
      record(request, response)
      const mark = /api-version=[\d-]+-(run\d+)/.exec(request.url ?? '')?.[1] ?? ''
      const number = (counts.get(mark) ?? 0) + 1
      counts.set(mark, number)
      this.watchers.get(mark)?.({ request, response, number })
    }
  }

  static async start(options: EmulatorOptions = {}): Promise<WorkspaceUnderTest> {
    const emulator = await createEmulator({ runtime: 'process', python, ...options })
    return new WorkspaceUnderTest(emulator, await mkdtemp(join(tmpdir(), 'azureml-cd-test-')))
  }

  override async close(): Promise<void> {
    await this.client.close()
    await this.emulator.close()
    await super.close()
  }

  /** What a run asked of the resource manager, answered or dropped. */
  requestsOf({ mark }: { readonly mark: string }): readonly RecordedRequest[] {
    return this.emulator.requests.all().filter(({ path }) => new RegExp(`api-version=[\\d-]+-${mark}\\b`).test(path))
  }

  /** The arguments that deploy the example's service. */
  deployment(service: string, model: string): readonly string[] {
    return [
      ...['deploy', '--service', service, '--model', model],
      ...['--inference-config', join(diabetes, 'inferenceconfig.json')],
      ...['--deployment-config', join(diabetes, 'deploymentconfig.json')],
      ...['--requests', this.#smoke, '--bake-seconds', '0'],
    ]
  }

  /** The arguments that update the example's service. */
  update(service: string, model: string): readonly string[] {
    return ['update', '--service', service, '--model', model, '--requests', this.#smoke, '--bake-seconds', '0']
  }

  /** Registers versions 1, 2 and 3 of the example's model; the third is broken. */
  async registerExample(): Promise<void> {
    for (const version of ['v1', 'v2', 'v3'])
      await this.done(['register', '--name', 'diabetes', '--path', join(diabetes, 'models', version)])
  }
}
