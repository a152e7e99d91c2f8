import { createHash } from 'node:crypto'
import { z } from 'zod'
import { emptyLane, type Lane, parseLane } from './lane.ts'
import { everyRecord, type Store, type Stored } from './store.ts'
import type { Age } from './versionOrder.ts'

export interface StoredLane {
  readonly name: string
  readonly lane: Lane
  /** Undefined for a lane that was never written. */
  readonly etag: string | undefined
}

/** How far the versions of a model were judged, so that a look at it reads only what is new. */
export interface ModelRecord {
  readonly source: string
  readonly model: string
  /** What the list of models said when all versions up to `through` had been judged. */
  readonly latestVersion: string | undefined
  /** Every version up to this one was judged, and those that were selected were started or given up. */
  readonly through: Age | undefined
  /** Of the rules they were judged by. */
  readonly rules: string
  /** When versions before `through` were last read, by the reader's clock; milliseconds since 1970. */
  readonly rereadAt: number
}

/** Something that happened, for people. What is decided never depends on it. */
export interface HistoryEntry {
  /** ISO 8601. */
  readonly at: string
  readonly kind: 'decided' | 'would-start' | 'started' | 'found' | 'unsure' | 'failed' | 'given-up' | 'ended' | 'drift'
  readonly source: string
  readonly model: string
  readonly version: string
  readonly rule: string
  readonly destination: string
  readonly worker: string
  readonly text?: string | undefined
  readonly url?: string | undefined
}

const modelRecord = z.object({
  ...{ source: z.string(), model: z.string(), latestVersion: z.string().optional(), rules: z.string() },
  through: z.object({ version: z.string(), registeredAt: z.string() }).optional(),
  rereadAt: z.number(),
})
const historyEntry = z.object({
  ...{ at: z.string(), source: z.string(), model: z.string(), version: z.string(), rule: z.string() },
  kind: z.enum(['decided', 'would-start', 'started', 'found', 'unsure', 'failed', 'given-up', 'ended', 'drift']),
  ...{ destination: z.string(), worker: z.string(), text: z.string().optional(), url: z.string().optional() },
})

export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** The names of the models that were asked for last, because a look asks for the same one several times. */
const names = new Map<string, string>()

/** ARM ids are compared without regard to case. */
export function modelName(source: string, model: string): string {
  const key = `${source} ${model}`
  const name = names.get(key) ?? digest(source.toLowerCase(), model).slice(0, 24)
  if (names.size > 1000) names.clear()
  names.set(key, name)
  return name
}

export function laneName({
  source,
  model,
  rule,
  destination,
}: Pick<Lane, 'source' | 'model' | 'rule' | 'destination'>): string {
  return `${modelName(source, model)}-${digest(rule, destination).slice(0, 24)}`
}

const mostRemembered = 20_000

/** The records of the trigger in a store. */
export class Ledger {
  readonly store: Store
  #entries = 0
  /** Lanes as they were last read, because most of them are as they were when they are read again. */
  readonly #lanes = new Map<string, { readonly etag: string; readonly lane: Lane }>()

  constructor(store: Store) {
    this.store = store
  }

  async lane(of: Pick<Lane, 'source' | 'model' | 'rule' | 'destination'>): Promise<StoredLane> {
    const name = laneName(of)
    return (await this.laneNamed(name)) ?? { name, lane: emptyLane(of), etag: undefined }
  }

  async laneNamed(name: string): Promise<StoredLane | undefined> {
    const found = await this.store.read('lanes', name)
    return found && this.#parsed(found)
  }

  async *lanes(model?: {
    readonly source: string
    readonly model: string
  }): AsyncGenerator<StoredLane & { readonly etag: string }, void> {
    const prefix = model && `${modelName(model.source, model.model)}-`
    for await (const record of everyRecord(this.store, 'lanes', prefix)) yield this.#parsed(record)
  }

  #parsed({ name, value, etag }: Stored): StoredLane & { readonly etag: string } {
    const known = this.#lanes.get(name)
    const lane = known?.etag === etag ? known.lane : parseLane(value)
    if (known || this.#lanes.size < mostRemembered) this.#lanes.set(name, { etag, lane })
    return { name, lane, etag }
  }

  /** The new etag; undefined when the lane is no longer as it was read, or it is not known whether it was written. */
  writeLane({ name, etag }: StoredLane, lane: Lane): Promise<string | undefined> {
    return this.store.write({ collection: 'lanes', name, value: JSON.stringify(lane), etag })
  }

  /** Changes a lane, again and again until nobody was faster; `change` answers undefined to leave it as it is. */
  async changeLane(name: string, change: (lane: Lane) => Lane | undefined): Promise<boolean> {
    for (;;) {
      const stored = await this.laneNamed(name)
      const next = stored && change(stored.lane)
      if (!stored || !next) return false
      if ((await this.writeLane(stored, next)) !== undefined) return true
    }
  }

  async model(
    source: string,
    model: string,
  ): Promise<{ readonly record: ModelRecord | undefined; readonly etag: string | undefined }> {
    const found = await this.store.read('models', modelName(source, model))
    return { record: found && parseModelRecord(found.value), etag: found?.etag }
  }

  async *models(): AsyncGenerator<ModelRecord, void> {
    for await (const { value } of everyRecord(this.store, 'models')) yield parseModelRecord(value)
  }

  /** When somebody was faster theirs stays: they have read the versions too. */
  async writeModel(record: ModelRecord, etag: string | undefined): Promise<void> {
    const name = modelName(record.source, record.model)
    await this.store.write({ collection: 'models', name, value: JSON.stringify(record), etag })
  }

  async note(entry: HistoryEntry): Promise<void> {
    this.#entries += 1
    const name = `${entry.at.replaceAll(':', '.')}-${digest(entry.worker, String(this.#entries)).slice(0, 12)}`
    await this.store.write({ collection: 'history', name, value: JSON.stringify(entry), etag: undefined })
  }

  async *history(): AsyncGenerator<HistoryEntry & { readonly name: string }, void> {
    for await (const { name, value } of everyRecord(this.store, 'history'))
      yield { name, ...historyEntry.parse(JSON.parse(value)) }
  }
}

function parseModelRecord(text: string): ModelRecord {
  return { latestVersion: undefined, through: undefined, ...modelRecord.parse(JSON.parse(text)) }
}
