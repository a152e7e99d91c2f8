import { randomBytes } from 'node:crypto'
import { isBusy } from '../azure/armError.ts'
import type { ScoringRequest } from '../config/requests.ts'
import { assertNever, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { Deployment, DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { journalIn, promotedTag, refusedTag, rolloutTag, type Traffic, tagText, withJournal } from './journal.ts'
import type { Step } from './plan.ts'
import { probeTable, sendProbes } from './probes.ts'

/** Another run has taken this rollout over; this one stops and touches nothing more. */
export class TakenOverError extends UserError {
  override readonly name: string = 'TakenOverError'
}

/** The endpoint changed between looking and claiming; what to do must be planned anew. Nothing was written. */
export class StalePlanError extends Error {
  override readonly name: string = 'StalePlanError'
}

/** The candidate did not do what is asked of it. */
export class CandidateError extends UserError {
  override readonly name: string = 'CandidateError'
}

export interface Application {
  readonly host: Host
  readonly workspace: Workspace
  readonly endpoint: string
  /** The candidate; its name is the deployment's. Not needed for taking back. */
  readonly candidate?: DeploymentSpec | undefined
  readonly requests: readonly ScoringRequest[]
  readonly timeoutSeconds: number
  readonly rolloutId: string
  readonly owner: string
  /** The endpoint that the plan was made from. */
  readonly plannedOn: Endpoint
  /** Remembered on the endpoint when the rollout is over: what was refused. */
  readonly refused?: string | undefined
}

const patienceSeconds = 30
const settledStates = new Set(['Succeeded', 'Failed', 'Canceled'])

/** A name for a run or a rollout that no other has. */
export function uniqueName(): string {
  return randomBytes(6).toString('hex')
}

/**
 * Carries out the steps of a plan, in order. Before every step that changes something it makes sure that the rollout is
 * still this run's, so that of two runs only one goes on. Throws a CandidateError when the candidate is no good, and a
 * TakenOverError when another run is at work.
 */
export async function applySteps(application: Application, steps: readonly Step[]): Promise<void> {
  let claimed = false
  for (const step of steps) {
    switch (step.kind) {
      case 'write':
        await writeEndpoint(application, step, { fenced: claimed })
        if (!claimed && step.journal) await settleClaim(application)
        claimed = true
        break
      case 'create':
        await createCandidate(application)
        break
      case 'probe':
        await probe(application, step.deployment)
        break
      case 'bake':
        await bake(application, step)
        break
      case 'delete':
        await deleteDeployment(application, step.deployment, { fenced: claimed })
        break
      default:
        assertNever(step)
    }
  }
}

/** Traffic and journal in one PUT of the whole endpoint; read anew before, because nothing else may be changed by it. */
async function writeEndpoint(
  application: Application,
  { traffic, journal, promoted }: Extract<Step, { kind: 'write' }>,
  { fenced }: { readonly fenced: boolean },
): Promise<void> {
  const { host, workspace, timeoutSeconds } = application
  for (;;) {
    const live = fenced ? await fence(application) : await asPlanned(application)
    const tags = {
      ...withJournal(live.tags, journal),
      ...(promoted ? { [promotedTag]: promoted } : {}),
      ...(!journal && application.refused ? { [refusedTag]: tagText(application.refused) } : {}),
    }
    if (promoted) delete (tags as Record<string, string>)[refusedTag]
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

/**
 * Azure ML has no conditional write, so a claim counts only when it is still there after a rival that looked at the
 * same time has had time to write its own (Fischer's algorithm); whoever wrote last wins. A rival slower than that is
 * found out before its next step.
 */
async function settleClaim(application: Application): Promise<void> {
  const { clock, host } = application.workspace.connection
  const started = clock.now()
  await fence(application)
  await clock.pause(Math.max(250, 4 * (clock.now() - started)), host.signal)
  await fence(application)
}

/** The endpoint as it is now, if the rollout in it is still this run's. */
async function fence(application: Application): Promise<Endpoint> {
  const live = await currentEndpoint(application)
  const journal = journalIn(live.tags)
  if (journal?.owner === application.owner) return live
  const other = journal ? `the rollout of "${journal.candidate}" by another run` : 'another run, which has finished'
  throw new TakenOverError(`The endpoint "${live.name}" was taken over by ${other}; this run stopped.`, {
    hint: 'Nothing is lost: run again to see what serves, or to go on from there.',
  })
}

/** The endpoint as it is now, if nobody has changed what the plan was made from. */
async function asPlanned(application: Application): Promise<Endpoint> {
  const { plannedOn } = application
  const live = await currentEndpoint(application)
  const [now, then] = [journalIn(live.tags), journalIn(plannedOn.tags)]
  const same = now?.owner === then?.owner && now?.phase === then?.phase && sameTraffic(live.traffic, plannedOn.traffic)
  if (same) return live
  throw new StalePlanError(`The endpoint "${live.name}" changed while a rollout of it was being planned.`)
}

async function currentEndpoint({ workspace, endpoint, timeoutSeconds }: Application): Promise<Endpoint> {
  const live = await workspace.endpoints.settled(endpoint, { deadlineSeconds: timeoutSeconds })
  if (live) return live
  throw new UserError(`The endpoint "${endpoint}" does not exist any more.`)
}

async function createCandidate(application: Application): Promise<void> {
  const { host, workspace, endpoint, candidate, timeoutSeconds, rolloutId } = application
  if (!candidate) throw new Error('A rollout creates a candidate only when it is told which.')
  const { name } = candidate
  const present = await settledDeployment(application, name)
  if (present?.provisioningState === 'Succeeded') return
  if (present)
    throw new CandidateError(
      `The deployment "${name}" of the endpoint "${endpoint}" is in state ${present.provisioningState}.`,
    )
  await fence(application)
  const tags = { ...candidate.tags, [rolloutTag]: rolloutId }
  await host.group(`Deploy ${name} beside what serves`, () =>
    workspace.deployments.put(
      endpoint,
      { ...candidate, tags },
      {
        deadlineSeconds: timeoutSeconds,
        onState: (_, elapsedSeconds) =>
          host.progress({ label: `Waiting for ${name}`, done: elapsedSeconds, total: timeoutSeconds, unit: 'seconds' }),
      },
    ),
  )
  try {
    await fence(application)
  } catch (error) {
    // Whoever took over does not know of a candidate that came into being afterwards.
    if (error instanceof TakenOverError) await discardIfUnused(application, name)
    throw error
  }
}

async function discardIfUnused({ workspace, endpoint }: Application, name: string): Promise<void> {
  const live = await workspace.endpoints.settled(endpoint)
  if (!live || journalIn(live.tags)?.candidate === name || (live.traffic[name] ?? 0) > 0) return
  await workspace.deployments.delete(endpoint, name)
}

/** The deployment once no change of it is under way; undefined when there is none. */
async function settledDeployment(application: Application, name: string): Promise<Deployment | undefined> {
  const { workspace, endpoint, timeoutSeconds } = application
  const { clock, host } = workspace.connection
  const until = clock.now() + timeoutSeconds * 1000
  for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
    const deployment = await workspace.deployments.get(endpoint, name)
    if (!deployment || settledStates.has(deployment.provisioningState)) return deployment
    if (clock.now() >= until)
      throw new CandidateError(
        `The deployment "${name}" of the endpoint "${endpoint}" was still ${deployment.provisioningState} after ${timeoutSeconds} s.`,
      )
    await clock.pause(pause, host.signal)
  }
}

async function probe(application: Application, deployment: string): Promise<void> {
  const { host, workspace, requests } = application
  if (requests.length === 0) {
    host.log.info(`No test requests were given: ${deployment} counts as good because it is ready.`)
    return
  }
  const endpoint = await currentEndpoint(application)
  const results = await sendProbes({ workspace, endpoint, deployment, requests, patienceSeconds })
  const wrong = results.find(({ difference }) => difference !== undefined)
  if (!wrong) return host.log.info(`${results.length} test requests to ${deployment}: all as expected.`)
  await host.summary(`### Test requests to ${deployment}\n\n${probeTable(results)}`)
  throw new CandidateError(
    `The deployment "${deployment}" did not pass the test request "${wrong.name}": ${wrong.difference}`,
  )
}

async function bake(application: Application, { deployment, seconds }: Extract<Step, { kind: 'bake' }>): Promise<void> {
  const { host, workspace, endpoint, requests } = application
  const { clock, host: signals } = workspace.connection
  const started = clock.now()
  const interval = Math.min(5, seconds / 3)
  for (;;) {
    const elapsed = (clock.now() - started) / 1000
    host.progress({
      label: `Watching ${deployment}`,
      done: Math.min(elapsed, seconds),
      total: seconds,
      unit: 'seconds',
    })
    const live = await fence(application)
    if (live.traffic[deployment] !== 100)
      throw new TakenOverError(
        `The traffic of the endpoint "${endpoint}" was changed to ${trafficText(live.traffic)} by somebody else; this run stopped.`,
      )
    const state = (await workspace.deployments.get(endpoint, deployment))?.provisioningState ?? 'missing'
    if (state !== 'Succeeded') throw new CandidateError(`The deployment "${deployment}" is ${state} while it serves.`)
    if (requests.length > 0) {
      const results = await sendProbes({ workspace, endpoint: live, deployment, requests, patienceSeconds: 0 })
      const wrong = results.find(({ difference }) => difference !== undefined)
      if (wrong)
        throw new CandidateError(`While it served, "${deployment}" did not pass "${wrong.name}": ${wrong.difference}`)
    }
    if (elapsed >= seconds) return
    await clock.pause(Math.min(interval, seconds - elapsed) * 1000 + 1, signals.signal)
  }
}

async function deleteDeployment(application: Application, name: string, { fenced }: { readonly fenced: boolean }) {
  const { host, workspace, endpoint, timeoutSeconds } = application
  const live = fenced ? await fence(application) : await currentEndpoint(application)
  if ((live.traffic[name] ?? 0) > 0)
    throw new UserError(`The deployment "${name}" has traffic again; it was not deleted.`)
  if (await workspace.deployments.delete(endpoint, name, { deadlineSeconds: timeoutSeconds }))
    host.log.info(`Deleted ${name}.`)
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

export function sameTraffic(a: Traffic, b: Traffic): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}

/** `blue 100 %`; `none` when nothing serves. */
export function trafficText(traffic: Traffic): string {
  const shares = Object.entries(traffic).filter(([, percentage]) => percentage > 0)
  return shares.map(([name, percentage]) => `${name} ${percentage} %`).join(', ') || 'none'
}
