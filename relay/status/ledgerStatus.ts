import { version } from '../../core/index.ts'
import type { TendedDrift, Triggers } from '../../core/trigger/index.ts'
import type { RelayStatus, StatusRow } from './statusPage.ts'

const mostRows = 200

/** What the ledger tells, for the page: the newest of its history, and how much is under way. */
export async function ledgerStatus(about: {
  readonly triggers: Pick<Triggers, 'history' | 'lanes'>
  readonly trouble: string | undefined
  readonly drift: readonly TendedDrift[]
}): Promise<RelayStatus> {
  const { triggers, trouble, drift } = about
  const rows: StatusRow[] = []
  for await (const { at, kind, model, version: of, rule, destination, url, text } of triggers.history()) {
    rows.push({ model, version: of, rule, destination, state: kind, at, url, detail: text })
    if (rows.length > mostRows) rows.shift()
  }
  let underWay = 0
  let running = 0
  for await (const lane of triggers.lanes()) {
    if (lane.current) underWay += 1
    running += lane.running.length
  }
  return {
    facts: {
      Version: version,
      Trouble: trouble ?? 'none',
      'Being started': String(underWay),
      'Started and not known to have ended': String(running),
      'Services that drifted': drift.length === 0 ? 'none' : drift.map(driftText).join('; '),
    },
    rows: rows.reverse(),
  }
}

function driftText({ service, served = 'nothing', model, expected, outcome }: TendedDrift): string {
  return `${service} serves ${served} instead of ${model}:${expected} (${outcome})`
}
