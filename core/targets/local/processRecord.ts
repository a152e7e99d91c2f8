import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../errors.ts'
import { machineName } from '../../runtime/processIdentity.ts'

const identity = z.object({ pid: z.int(), started: z.string() })

const servingSchema = z.object({
  deployment: z.string(),
  models: z.array(z.object({ name: z.string(), version: z.string() })).readonly(),
  process: identity,
  /** Its own; the front's is the service's. */
  port: z.int(),
  /** Name of the folder with its code, its models and its log. */
  folder: z.string(),
  /** What the next version is made from, when only the model is another. */
  entryScript: z.string(),
  codeDigest: z.string(),
  python: z.string(),
  variables: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
})

const recordSchema = z.object({
  service: z.string(),
  serving: servingSchema.nullable(),
  front: identity.extend({ port: z.int() }).nullable(),
  /**
   * Processes that are to be gone: started and not proven yet, or replaced and not ended yet. Each is written here
   * before it does anything, so that whoever comes next can end what a killed run has left.
   */
  leftovers: z.array(identity).readonly(),
})

export type ServingProcess = Readonly<z.output<typeof servingSchema>>
export type ProcessRecord = Readonly<z.output<typeof recordSchema>>

/** What is kept of a service that runs as processes: a folder of this user's own, per machine. */
export class ProcessFolder {
  readonly service: string
  readonly path: string
  readonly record: string
  /** Outlives the service's folder: who holds it may be deleting that. */
  readonly lock: string

  constructor(service: string) {
    const root = rootFolder()
    this.service = service
    this.path = join(root, 'services', service)
    this.record = join(this.path, 'record.json')
    this.lock = join(root, 'locks', service)
  }

  versionPath(folder: string, ...parts: readonly string[]): string {
    return join(this.path, 'versions', folder, ...parts)
  }

  async create(): Promise<void> {
    await mkdir(this.versionPath(''), { recursive: true, mode: 0o700 })
    // Also where the folder was there already, with other rights.
    await chmod(rootFolder(), 0o700)
  }

  async read(): Promise<ProcessRecord | undefined> {
    const text = await readFile(this.record, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    try {
      return recordSchema.parse(JSON.parse(text))
    } catch (cause) {
      throw new UserError(`The record of the service "${this.service}" cannot be understood: ${this.record}.`, {
        hint: 'If another version of this program wrote it, use that one to remove the service; else delete its folder.',
        cause,
      })
    }
  }

  /** In one step: a reader sees what was there, or all of this. */
  async write(record: ProcessRecord): Promise<void> {
    const aside = `${this.record}.${randomUUID()}`
    await writeFile(aside, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 })
    await rename(aside, this.record)
  }

  /** Deletes the versions that a killed or finished run has left. */
  async keepOnly(folder: string | undefined): Promise<void> {
    for (const name of await readdir(this.versionPath('')).catch(() => []))
      if (name !== folder) await rm(this.versionPath(name), { recursive: true, force: true })
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true })
  }
}

/** The names of this user's services on this machine. */
export async function serviceNames(): Promise<readonly string[]> {
  return (await readdir(join(rootFolder(), 'services')).catch(() => [])).toSorted()
}

/** A home may be shared by machines; what runs on another one cannot be looked after from here. */
function rootFolder(): string {
  return join(homedir(), '.azureml-cd', 'local', machineName())
}
