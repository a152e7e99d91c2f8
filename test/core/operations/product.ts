import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Client } from '../../emulator/client.ts'

/** How a run of the product ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The line of JSON it printed; empty when it printed none. */
  readonly outputs: Readonly<Record<string, unknown>>
  /** What each of its requests to the resource manager carries; see `requestsOf`. */
  readonly mark: string
}

/** A run of the product that is under way. */
export interface Running {
  readonly child: ChildProcess
  readonly mark: string
  readonly ended: Promise<Ended>
}

/** Called for every request of one run as it arrives; `number` counts from 1. */
export type Watcher = (exchange: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly number: number
}) => void

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly watcher?: Watcher
}

/** An endpoint and its deployments, as the resource manager shows them. */
export interface ServiceState {
  readonly traffic: Readonly<Record<string, number>>
  readonly tags: Readonly<Record<string, string>>
  readonly deployments: readonly {
    readonly name: string
    readonly tags: Readonly<Record<string, string>>
    readonly sku: { readonly capacity?: number | undefined }
    readonly properties: Readonly<Record<string, unknown>>
  }[]
}

/** Where the product was bundled: beside the folder with the tests, wherever this code ended up in there. */
const product = (() => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'azureml-cd.js'))) return join(folder, 'azureml-cd.js')
  throw new Error('azureml-cd.js is not beside the tests.')
})()

let runs = 0

/** The bundled product as child processes that talk to an embedded workspace. */
export class Product {
  /** Speaks to the resource manager as any client would, not through the product. */
  readonly client: Client
  readonly environment: Readonly<Record<string, string>>
  /** By the mark of the run. */
  protected readonly watchers = new Map<string, Watcher>()
  protected readonly location: string

  /** `location` is a folder for what the runs need; it is removed by `close`. */
  constructor(options: { readonly client: Client; readonly envFile: string; readonly location: string }) {
    this.client = options.client
    this.location = options.location
    this.environment = variablesIn(readFileSync(options.envFile, 'utf8'))
  }

  async close(): Promise<void> {
    await rm(this.location, { recursive: true, force: true })
  }

  /** A new empty folder, gone at the end. */
  folder(): Promise<string> {
    return mkdtemp(join(this.location, 'folder-'))
  }

  /**
   * Starts the product as an agent that was just made would: home, temporary and working directory are new and empty.
   * Its requests are known by an api-version of their own.
   */
  async run(args: readonly string[], { environment = {}, watcher }: RunOptions = {}): Promise<Running> {
    runs += 1
    const mark = `run${runs}`
    if (watcher) this.watchers.set(mark, watcher)
    const agent = await this.folder()
    for (const name of ['home', 'tmp', 'work']) await mkdir(join(agent, name))
    const child = spawn(process.execPath, [product, ...args, '--json', '--api-version', `2026-05-01-${mark}`], {
      cwd: join(agent, 'work'),
      env: {
        PATH: process.env.PATH ?? '',
        // The engine of this machine may listen elsewhere than usual.
        ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
        HOME: join(agent, 'home'),
        TMPDIR: join(agent, 'tmp'),
        ...this.environment,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
      async ([stdout, stderr, [code, signal]]) => {
        this.watchers.delete(mark)
        await rm(agent, { recursive: true, force: true })
        const outputs = z.record(z.string(), z.unknown()).parse(JSON.parse(stdout.trim() || '{}'))
        return { ...{ stdout, stderr, outputs, mark }, code: z.number().nullable().parse(code), signal }
      },
    )
    return { child, mark, ended }
  }

  async cli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return (await this.run(args, options)).ended
  }

  /** As `cli`, for what must succeed for a test to go on. */
  async done(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const ended = await this.cli(args, options)
    if (ended.code !== 0)
      throw new Error(`azureml-cd ${args.join(' ')} exited with ${ended.code}:\n${ended.stderr}${ended.stdout}`)
    return ended
  }

  async service(name: string): Promise<ServiceState> {
    const at = `onlineEndpoints/${name}`
    const { tags, properties } = endpoint.parse((await this.client.arm('GET', at)).body)
    const { value } = z
      .object({ value: z.array(deployment) })
      .parse((await this.client.arm('GET', `${at}/deployments`)).body)
    return { traffic: properties.traffic, tags, deployments: value }
  }
}

/** Tags of an endpoint that are there only while a rollout is under way. */
export function rolloutTags({ tags }: Pick<ServiceState, 'tags'>): readonly string[] {
  return Object.keys(tags).filter((tag) => /^azureml-cd\.(rollout|candidate|previous|phase|lease|reason)$/.test(tag))
}

const texts = z.record(z.string(), z.string()).default({})
const endpoint = z.object({
  tags: texts,
  properties: z.object({ traffic: z.record(z.string(), z.number()).default({}) }),
})
const deployment = z.object({
  name: z.string(),
  tags: texts,
  sku: z.object({ capacity: z.number().optional() }),
  properties: z.record(z.string(), z.unknown()),
})

/** `export NAME='value'` or `NAME='value'`, a line each. */
function variablesIn(file: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...file.matchAll(/^(?:export )?(\w+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
