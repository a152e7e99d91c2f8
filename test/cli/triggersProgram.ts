import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Emulator } from '../../emulator/index.ts'
import type { Client } from '../emulator/client.ts'
import { FakeServer } from '../fakes/fakeServer.ts'
import { product, runProgram } from './commandLine.ts'

const payload = z.object({ data: z.object({ modelVersion: z.string() }) })

/** `azureml-cd triggers` as a user runs it against an embedded workspace, and a receiver of webhooks. */
export class TriggersProgram {
  readonly server: FakeServer
  readonly folder: string
  readonly #client: Client
  readonly #caFile: string

  private constructor({ client, caFile }: { client: Client; caFile: string }, server: FakeServer, folder: string) {
    this.#client = client
    this.#caFile = caFile
    this.server = server
    this.folder = folder
  }

  static async start(client: Client, { caFile }: Pick<Emulator, 'caFile'>): Promise<TriggersProgram> {
    const server = new FakeServer(() => ({ status: 202 }))
    await server.start()
    return new TriggersProgram({ client, caFile }, server, await mkdtemp(join(tmpdir(), 'azureml-cd-triggers-')))
  }

  async close(): Promise<void> {
    await this.server.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** The variables with which the program signs in. */
  get environment(): Readonly<Record<string, string>> {
    const { emulator } = this.#client
    return {
      ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
      ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: this.#caFile },
      HOOK: `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`,
    }
  }

  /** A file with one rule that starts a webhook of the rule's name. */
  async rulesFor(name: string, rule: string, sources?: string): Promise<string> {
    const file = join(this.folder, `${name}.yml`)
    const { workspace, emulator } = this.#client
    await writeFile(
      file,
      `${sources ?? `workspaces: [{ name: team, id: ${workspace}, cloud: '${emulator.url}' }]`}
rules:
  - { name: ${name}, destinations: [ship], ${rule} }
destinations:
  ship: { kind: webhook, url: '${this.server.url}/${name}', allowPrivateAddresses: true, secret: { fromEnvironment: HOOK } }
`,
    )
    return file
  }

  /** Runs one command with --json; its answer is the line on standard output. */
  async run(file: string, ...args: readonly string[]) {
    const ended = await this.plain(file, ...args, '--json')
    return { ...ended, answer: z.record(z.string(), z.unknown()).parse(JSON.parse(ended.stdout.trim() || '{}')) }
  }

  plain(file: string, ...args: readonly string[]) {
    const [command = '', ...rest] = args
    const words = ['triggers', command, '--file', file, '--ledger', `${file}.ledger`, ...rest]
    return runProgram(product, words, { environment: this.environment })
  }

  /** The versions that a rule's webhook received. */
  received(name: string): readonly string[] {
    return this.server.exchanges
      .filter(({ path }) => path === `/${name}`)
      .map(({ text }) => payload.parse(JSON.parse(text)).data.modelVersion)
  }
}
