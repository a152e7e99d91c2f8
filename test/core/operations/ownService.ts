import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Product } from './product.ts'

/** What a version of the model `told` makes the entry script do. */
export interface Behaviour {
  /** Answers wrongly once it has answered so many requests. */
  readonly badAfter?: number
  /** The process ends once it has answered so many requests. */
  readonly exitAfter?: number
  /** What `init()` raises. */
  readonly raise?: string
}

const script = `
import json, os, sys
from pathlib import Path

def init():
    global told, version, answered
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    told = json.loads(next(folder.rglob("told.json")).read_text())
    version, answered = folder.name, 0
    print("told", told)
    if "raise" in told:
        raise RuntimeError(told["raise"])

def run(raw_data):
    global answered
    answered += 1
    if answered > told.get("exitAfter", answered):
        print("out of memory, perhaps")
        sys.stdout.flush()
        os._exit(3)
    if answered > told.get("badAfter", answered):
        print("drifting")
        return {"result": 0, "model": {"version": version}}
    return {"result": 1, "model": {"version": version}}
`

/** What can be said otherwise when a service is deployed. */
export interface ServiceSettings {
  readonly script?: string
  readonly inference?: Readonly<Record<string, unknown>>
  readonly deployment?: Readonly<Record<string, unknown>>
}

/** A service whose entry script does what its model says, with files of its own. */
export class OwnService {
  readonly name: string
  readonly folder: string
  readonly requests: string
  readonly #product: Product

  private constructor(product: Product, name: string, folder: string) {
    this.#product = product
    this.name = name
    this.folder = folder
    this.requests = join(folder, 'requests.json')
  }

  static async create(product: Product, name: string, settings: ServiceSettings = {}): Promise<OwnService> {
    const service = new OwnService(product, name, await product.folder())
    const right = { status: 200, json: [{ path: '$.result', equals: 1 }] }
    await writeFile(
      service.requests,
      JSON.stringify({ requests: [{ name: 'anything', body: { data: [] }, expect: right }] }),
    )
    await service.write(settings)
    return service
  }

  /** Writes the service's files anew. */
  async write({ script: source = script, inference = {}, deployment = {} }: ServiceSettings): Promise<void> {
    await mkdir(join(this.folder, 'source'), { recursive: true })
    // Code is registered once for all services that share it; each of these is to register its own.
    await writeFile(join(this.folder, 'source/score.py'), `${source}\n# ${this.name}\n`)
    const said = { entryScript: 'score.py', sourceDirectory: 'source', ...inference }
    await writeFile(join(this.folder, 'inferenceconfig.json'), JSON.stringify(said, undefined, 2))
    const how = { computeType: 'managed', maxConcurrentRequestsPerContainer: 4, ...deployment }
    await writeFile(join(this.folder, 'deploymentconfig.json'), JSON.stringify(how, undefined, 2))
  }

  /** Registers a new version of the service's own model, and answers its number. */
  async register(behaviour: Behaviour = {}): Promise<string> {
    const folder = await this.#product.folder()
    await writeFile(join(folder, 'told.json'), JSON.stringify({ ...behaviour, of: this.name }))
    const registered = ['register', '--name', this.name, '--path', folder, '--when-unchanged', 'always-new']
    return String((await this.#product.done(registered)).outputs.modelVersion)
  }

  deployment(version: string): readonly string[] {
    return [
      ...['deploy', '--service', this.name, '--model', `${this.name}:${version}`],
      ...['--inference-config', join(this.folder, 'inferenceconfig.json')],
      ...['--deployment-config', join(this.folder, 'deploymentconfig.json')],
      ...['--requests', this.requests, '--bake-seconds', '0'],
    ]
  }

  update(version: string, bakeSeconds = 0): readonly string[] {
    const model = `${this.name}:${version}`
    return [
      ...['update', '--service', this.name, '--model', model],
      ...['--requests', this.requests, '--bake-seconds', String(bakeSeconds)],
    ]
  }
}
