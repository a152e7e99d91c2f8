import { isBusy } from '../azure/armError.ts'
import { UserError } from '../errors.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import { type Application, currentEndpoint, StalePlanError, TakenOverError } from './application.ts'
import { type Journal, journalIn, promotedTag, refusedTag, type Traffic, tagText, withJournal } from './journal.ts'
import type { Step } from './plan.ts'
import { sameTraffic, trafficText } from './traffic.ts'

/** Traffic and journal in one PUT of the whole endpoint; read anew before, because nothing else may be changed by it. */
export async function writeEndpoint(
  application: Application,
  { traffic, journal, promoted }: Extract<Step, { kind: 'write' }>,
  { fenced }: { readonly fenced: boolean },
): Promise<void> {
  const { host, workspace, timeoutSeconds, plannedAt } = application
  for (let attempt = 1; ; attempt += 1) {
    const live = await currentEndpoint(application)
    // An earlier attempt may have taken effect although its answer was lost.
    if (attempt > 1 && isWritten(live, { traffic, journal })) return
    if (fenced) assertOwn(application, live)
    else assertAsPlanned(application, live)
    const sinceThePlan = workspace.connection.clock.now() - plannedAt
    const lasting = journal && { ...journal, leaseExpiresAt: journal.leaseExpiresAt + sinceThePlan }
    const tags: Record<string, string> = {
      ...withJournal(live.tags, lasting),
      ...(promoted ? { [promotedTag]: promoted } : {}),
      ...(!journal && application.refused ? { [refusedTag]: tagText(application.refused) } : {}),
    }
    if (promoted) delete tags[refusedTag]
    const changed = !sameTraffic(live.traffic, traffic)
    try {
      const mirrorTraffic = without(live.mirrorTraffic, traffic)
      const written = await workspace.endpoints.put(
        { ...live, traffic, mirrorTraffic, tags },
        { deadlineSeconds: timeoutSeconds },
      )
      if (!sameTraffic(written.traffic, traffic)) await trafficArrived(application, traffic)
      if (changed) host.log.info(`Traffic of ${live.name}: ${trafficText(live.traffic)} → ${trafficText(traffic)}`)
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      host.log.debug(`The endpoint "${live.name}" is being changed; waiting.`)
    }
  }
}

function isWritten(
  live: Endpoint,
  { traffic, journal }: { readonly traffic: Traffic; readonly journal?: Journal | undefined },
): boolean {
  const found = journalIn(live.tags)
  return found?.owner === journal?.owner && found?.phase === journal?.phase && sameTraffic(live.traffic, traffic)
}

/**
 * Azure ML has no conditional write, so a claim counts only when it is still there after a rival that looked at the
 * same time has had time to write its own (Fischer's algorithm); whoever wrote last wins. Whoever lost to another
 * intent has done nothing yet and plans anew, which means waiting; whoever lost to the same intent leaves it to the
 * winner. A rival slower than the pause is found out before its next step.
 */
export async function settleClaim(application: Application): Promise<void> {
  const { clock, host } = application.workspace.connection
  const started = clock.now()
  for (const pause of [() => Math.max(250, 4 * (clock.now() - started)), undefined]) {
    const live = await currentEndpoint(application)
    const journal = journalIn(live.tags)
    const lost = journal?.owner !== application.owner
    if (lost && journal?.candidate !== application.candidate?.name)
      throw new StalePlanError(`The claim on the endpoint "${live.name}" was lost to another run.`)
    assertOwn(application, live)
    if (pause) await clock.pause(pause(), host.signal)
  }
}

/** The endpoint as it is now, if the rollout in it is still this run's. */
export async function fence(application: Application): Promise<Endpoint> {
  const live = await currentEndpoint(application)
  assertOwn(application, live)
  return live
}

export function assertOwn(application: Application, live: Endpoint): void {
  const journal = journalIn(live.tags)
  if (journal?.owner === application.owner) return
  const other = journal ? `the rollout of "${journal.candidate}" by another run` : 'another run, which has finished'
  throw new TakenOverError(`The endpoint "${live.name}" was taken over by ${other}; this run stopped.`, {
    hint: 'Nothing is lost: run again to see what serves, or to go on from there.',
  })
}

/** Throws when somebody has changed what the plan was made from. */
export function assertAsPlanned({ plannedOn }: Application, live: Endpoint): void {
  const [now, then] = [journalIn(live.tags), journalIn(plannedOn.tags)]
  const same = now?.owner === then?.owner && now?.phase === then?.phase && sameTraffic(live.traffic, plannedOn.traffic)
  if (!same) throw new StalePlanError(`The endpoint "${live.name}" changed while a rollout of it was being planned.`)
}

/** Traffic is written at once but may be shown later. */
async function trafficArrived(application: Application, traffic: Traffic): Promise<void> {
  const { clock, host } = application.workspace.connection
  const until = clock.now() + application.timeoutSeconds * 1000
  for (;;) {
    const live = await currentEndpoint(application)
    if (sameTraffic(live.traffic, traffic)) return
    if (clock.now() >= until)
      throw new UserError(
        `The endpoint "${live.name}" shows the traffic ${trafficText(live.traffic)} although ${trafficText(traffic)} was written.`,
      )
    await clock.pause(1000, host.signal)
  }
}

function without(mirrorTraffic: Traffic, traffic: Traffic): Traffic {
  return Object.fromEntries(Object.entries(mirrorTraffic).filter(([name]) => (traffic[name] ?? 0) === 0))
}
