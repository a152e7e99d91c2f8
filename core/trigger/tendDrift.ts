import { z } from 'zod'
import type { Log } from '../host.ts'
import type { Drift } from './drift.ts'
import { digest, type Ledger } from './ledger.ts'
import { everyRecord } from './store.ts'

export interface TendedDrift extends Drift {
  /** `healed`: it is being started again. `resting`: that was done less than an hour ago. */
  readonly outcome: 'reported' | 'healed' | 'resting' | 'refused'
}

/** A pipeline takes its time, and one that fails must not be started with every sweep. */
const restMilliseconds = 3_600_000

const remembered = z.object({
  ...{ expected: z.string(), served: z.string().optional() },
  /** By the clock of who healed; milliseconds since 1970. */
  healedAt: z.number().optional(),
})
type Remembered = z.output<typeof remembered>

/**
 * Tells of services that drifted, and starts again what they should serve when that is asked for: once in an hour,
 * however many sweeps look, and never a version that the service itself took back. The history tells of each drift once.
 */
export async function tendDrift(options: {
  readonly found: readonly Drift[]
  readonly heal: boolean
  readonly ledger: Ledger
  readonly log: Log
  readonly worker: string
  readonly now: number
  readonly startAgain: (drift: Drift) => Promise<void>
}): Promise<readonly TendedDrift[]> {
  const { found, heal, ledger, log, now, startAgain } = options
  const tended: TendedDrift[] = []
  for (const drift of found) {
    const record = await readRecord(ledger, drift)
    const rested = record.known?.healedAt === undefined || Math.abs(now - record.known.healedAt) >= restMilliseconds
    const healing = heal && !drift.refused && (rested || !isSame(record.known, drift))
    // Who writes it heals it; another sweep that looks at the same moment finds it written.
    const isOurs = await remember(ledger, drift, record, healing ? now : undefined)
    if (isOurs && !isSame(record.known, drift)) await note(options, drift)
    if (healing && isOurs) await startAgain(drift)
    const outcome = !heal ? 'reported' : drift.refused ? 'refused' : healing && isOurs ? 'healed' : 'resting'
    log.warning(sentence(drift, outcome))
    tended.push({ ...drift, outcome })
  }
  await forgetOthers(ledger, found)
  return tended
}

function sentence({ service, served = 'nothing', model, expected, refused }: Drift, outcome: TendedDrift['outcome']) {
  const ends: Readonly<Record<TendedDrift['outcome'], string>> = {
    reported: refused ? ', which it has taken back.' : '.',
    healed: '; that is started again.',
    resting: '; that was started again less than an hour ago.',
    refused: ', which it has taken back and is not given again.',
  }
  return `The service ${service} serves ${served} instead of ${model}:${expected}${ends[outcome]}`
}

const nameOf = ({ source, service }: Pick<Drift, 'source' | 'service'>) => digest('drift', source, service).slice(0, 40)

const expectedOf = ({ model, expected }: Drift) => `${model}:${expected}`

function isSame(known: Remembered | undefined, drift: Drift): boolean {
  return known?.expected === expectedOf(drift) && known.served === drift.served
}

async function readRecord(ledger: Ledger, drift: Drift) {
  const stored = await ledger.store.read('drifts', nameOf(drift))
  return { etag: stored?.etag, known: stored && remembered.parse(JSON.parse(stored.value)) }
}

async function remember(
  ledger: Ledger,
  drift: Drift,
  { known, etag }: Awaited<ReturnType<typeof readRecord>>,
  healedAt: number | undefined,
): Promise<boolean> {
  const before = known?.expected === expectedOf(drift) ? known.healedAt : undefined
  const next: Remembered = { expected: expectedOf(drift), served: drift.served, healedAt: healedAt ?? before }
  if (healedAt === undefined && isSame(known, drift)) return true
  const value = JSON.stringify(next)
  return (await ledger.store.write({ collection: 'drifts', name: nameOf(drift), value, etag })) !== undefined
}

async function note(
  { ledger, worker, now }: { readonly ledger: Ledger; readonly worker: string; readonly now: number },
  drift: Drift,
): Promise<void> {
  const { service, served = 'nothing', sourceId, model, expected, rule, destination } = drift
  await ledger.note({
    ...{ at: new Date(now).toISOString(), kind: 'drift', worker, source: sourceId, model, version: expected, rule },
    ...{ destination, text: `The service ${service} serves ${served}.` },
  })
}

/** What serves as it should has drifted anew when it drifts again. */
async function forgetOthers(ledger: Ledger, found: readonly Drift[]): Promise<void> {
  const drifting = new Set(found.map(nameOf))
  const gone: string[] = []
  for await (const { name } of everyRecord(ledger.store, 'drifts')) if (!drifting.has(name)) gone.push(name)
  for (const name of gone) await ledger.store.remove('drifts', name)
}
