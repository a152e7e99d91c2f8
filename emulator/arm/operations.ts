import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { assertNever } from '../../core/errors.ts'
import { ArmError } from '../armError.ts'
import type { OperationFailure } from '../http/faults.ts'
import type { Collection } from '../state/collection.ts'
import type { OperationRecord } from '../state/records.ts'

/** When a long-running operation whose work is done shows that it is. */
export type Transitions =
  | { readonly kind: 'immediate' }
  /** After so many looks at the operation or its resource. */
  | { readonly kind: 'polls'; readonly count: number }
  /** So long after its start at the earliest. */
  | { readonly kind: 'seconds'; readonly seconds: number }

/** What an operation does. `succeed` and `fail` store the outcome with the resource and must not wait for anything. */
export interface OperationWork {
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly succeed: () => void
  readonly fail: (failure: OperationFailure) => void
}

/**
 * What an operation is about, as its id says: online endpoints and deployments, batch endpoints and deployments,
 * registry assets, and computes; `rp` is any other provider's.
 */
export type OperationScope = 'oe' | 'od' | 'be' | 'bd' | 'ra' | 'co' | 'rp'

/** As many finished operations are remembered. */
const remembered = 1_000

/** The long-running operations of Azure ML, as recorded from Azure (azureml-api.md 3.1). */
export class Operations {
  readonly #records: Collection<OperationRecord>
  readonly #transitions: Transitions
  readonly #workspaceId: string
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #looks = new Map<string, { left: number; readonly enough: () => void }>()

  constructor(options: {
    readonly records: Collection<OperationRecord>
    readonly transitions: Transitions
    readonly workspaceId: string
  }) {
    this.#records = options.records
    this.#transitions = options.transitions
    this.#workspaceId = options.workspaceId
    // One for each operation under way.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Aborted when the emulator closes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Stores a new operation. */
  begin(options: {
    readonly scope: OperationScope
    readonly verb: OperationRecord['verb']
    readonly target: string
  }): OperationRecord {
    const id = `${options.scope}:${this.#workspaceId}:${randomUUID()}`
    return this.#records.set(id, {
      id,
      verb: options.verb,
      target: options.target,
      startTime: new Date().toISOString(),
      endTime: null,
      status: 'Updating',
      error: null,
    })
  }

  /** Does the work of an operation that was begun, by this process or by one that was killed. */
  carryOut(id: string, work: OperationWork, failure?: OperationFailure): void {
    const carried = this.#carryOut(id, work, failure).finally(() => this.#running.delete(carried))
    this.#running.add(carried)
  }

  get(id: string): OperationRecord | undefined {
    return this.#records.get(id)
  }

  /** Operations that a killed process left running, and that no resource knows of any more, have ended. */
  settleOrphans(isCarriedOn: (id: string) => boolean): void {
    for (const record of [...this.#records.children()])
      if (record.status === 'Updating' && !isCarriedOn(record.id)) this.#end(record.id, null)
  }

  /** Somebody looked at an operation or at the resource it is about. */
  look(id: string | null): void {
    const waiting = id === null ? undefined : this.#looks.get(id)
    if (!waiting) return
    waiting.left -= 1
    if (waiting.left <= 0) waiting.enough()
  }

  /** Work under way is given up; its operations stay as they are and are carried on after the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#running)
  }

  async #carryOut(id: string, work: OperationWork, wanted: OperationFailure | undefined): Promise<void> {
    const signal = this.#closing.signal
    const started = Date.now()
    let failure = wanted
    try {
      if (failure === undefined) await work.run(signal)
      else await Promise.resolve()
    } catch (error) {
      const code = error instanceof ArmError ? error.code : null
      failure = { code, message: error instanceof Error ? error.message : String(error) }
    }
    await this.#untilShown(id, started)
    if (signal.aborted) return
    if (failure === undefined) work.succeed()
    else work.fail(failure)
    this.#end(id, failure ?? null)
  }

  async #untilShown(id: string, started: number): Promise<void> {
    const transitions = this.#transitions
    const { signal } = this.#closing
    switch (transitions.kind) {
      case 'immediate':
        return
      case 'seconds': {
        const rest = transitions.seconds * 1000 - (Date.now() - started)
        if (rest > 0) await pause(rest, undefined, { signal }).catch(() => undefined)
        return
      }
      case 'polls':
        if (transitions.count <= 0 || signal.aborted) return
        await new Promise<void>((resolve) => {
          this.#looks.set(id, { left: transitions.count, enough: resolve })
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        this.#looks.delete(id)
        return
      default:
        return assertNever(transitions)
    }
  }

  #end(id: string, error: OperationFailure | null): void {
    const record = this.#records.get(id)
    if (!record) return
    const status = error === null ? 'Succeeded' : 'Failed'
    this.#records.set(id, { ...record, status, error, endTime: new Date().toISOString() })
    const finished = [...this.#records.children()].filter((one) => one.status !== 'Updating')
    for (const { id: old } of finished.slice(0, Math.max(0, finished.length - remembered))) this.#records.delete(old)
  }
}
