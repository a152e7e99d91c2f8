import type { TriggerRule } from '../config/triggerFile.ts'
import { UserError } from '../errors.ts'
import type { Order } from './destination.ts'
import type { Lane } from './lane.ts'
import { digest, type Ledger } from './ledger.ts'
import { compareAge } from './versionOrder.ts'

/** Puts a version under way once more, with a key of its own, so that nobody takes it for the delivery before. */
export async function redeliver(options: {
  readonly ledger: Ledger
  readonly rule: TriggerRule
  readonly of: Pick<Lane, 'source' | 'model' | 'rule' | 'destination'>
  readonly order: Order
  readonly force: boolean
  readonly worker: string
  readonly now: number
}): Promise<void> {
  const { ledger, rule, of, order, force, worker, now } = options
  const what = `${of.model}:${order.model.version} at ${of.destination} (rule ${of.rule})`
  for (;;) {
    const stored = await ledger.lane(of)
    const { lane } = stored
    if (lane.current)
      throw new UserError(
        `${what} cannot be started again: version ${lane.current.order.model.version} is under way there.`,
        { hint: 'Wait until it is started; azureml-cd triggers status shows it.' },
      )
    const age = { version: order.model.version, registeredAt: order.registeredAt }
    if (!force && rule.order === 'newest' && lane.newest && compareAge(age, lane.newest) < 0)
      throw new UserError(`${what} is older than version ${lane.newest.version}, which was started.`, {
        hint: 'Add --force to start it all the same.',
      })
    const idempotencyKey = digest(order.idempotencyKey, 'again', worker, String(now)).slice(0, 40)
    const again = { ...order, idempotencyKey }
    const current = { order: again, state: 'clear', fence: 1, worker, at: now, tries: 0, wait: 0 } as const
    const newest = lane.newest && compareAge(lane.newest, age) > 0 ? lane.newest : age
    if ((await ledger.writeLane(stored, { ...lane, newest, current })) !== undefined) return
  }
}

/** Removes what happened before a moment from the history; nothing that is decided depends on it. */
export async function pruneHistory(ledger: Ledger, before: number): Promise<number> {
  let removed = 0
  const old: string[] = []
  for await (const { name, at } of ledger.history()) {
    // Names begin with the moment, so that the first that is young enough is the last to look at.
    if (Date.parse(at) >= before) break
    old.push(name)
  }
  for (const name of old) {
    await ledger.store.remove('history', name)
    removed += 1
  }
  return removed
}
