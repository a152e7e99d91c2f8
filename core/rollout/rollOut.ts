import type { ScoringRequest } from '../config/requests.ts'
import { InputError, RefusedError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { DeploymentSpec } from '../workspace/deployment.ts'
import { readService, type Service } from '../workspace/service.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type Application, StalePlanError, TakenOverError, uniqueName } from './application.ts'
import { applySteps, discardCandidate } from './apply.ts'
import type { Journal, Traffic } from './journal.ts'
import { liveOf, withFreeName } from './live.ts'
import { assembleRolloutPlan, leaseFrom, type Plan, type Policy, planRestore } from './plan.ts'
import { type Phase, Timeline } from './timeline.ts'
import { rolloutTimes } from './timelineText.ts'
import { trafficText } from './traffic.ts'
import { assertOwn } from './writeEndpoint.ts'

export interface Rollout {
  readonly host: Host
  readonly workspace: Workspace
  readonly endpoint: string
  /** What is wanted, given what serves now. The name comes from the content. */
  readonly candidate: (service: Service) => DeploymentSpec
  readonly requests: readonly ScoringRequest[]
  readonly policy: Policy & { /** How long to wait for another run's rollout. */ readonly waitSeconds: number }
  /** What the endpoint remembers when the candidate is refused, as `name:version`. */
  readonly refusal: string
  readonly dryRun: boolean
}

export interface RolloutResult {
  readonly outcome: 'unchanged' | 'promoted' | 'planned'
  /** What serves now; for `planned`, what would serve. */
  readonly deployment: string
  readonly before: Traffic
  readonly after: Traffic
  /** What was done; empty when nothing was. */
  readonly phases: readonly Phase[]
}

/**
 * Brings a deployment into service: beside the old one, proven, then all traffic in one write, watched, and the old one
 * deleted; or back to what was before. Whatever an earlier run left half done is finished or taken back first.
 * Throws a RefusedError when the candidate was no good and what served before serves again.
 */
export async function rollOut(rollout: Rollout): Promise<RolloutResult> {
  const { host, workspace, policy } = rollout
  const { clock } = workspace.connection
  const owner = uniqueName()
  const rolloutId = uniqueName()
  const giveUpAt = clock.now() + policy.waitSeconds * 1000
  for (;;) {
    const service = await serviceOf(rollout)
    const plannedAt = clock.now()
    const candidate = withFreeName(rollout.candidate(service), service)
    const live = liveOf(service, candidate)
    const plan = assembleRolloutPlan({ live, candidate: candidate.name, owner, rolloutId, policy, now: plannedAt })
    const before = service.endpoint.traffic
    if (rollout.dryRun) return describe(host, plan, before, candidate.name)
    const common = {
      ...{ ...rollout, owner, candidate, timeoutSeconds: policy.timeoutSeconds },
      ...{ plannedOn: service.endpoint, plannedAt },
    }
    try {
      switch (plan.kind) {
        case 'unchanged':
          await applySteps({ ...common, rolloutId, refused: undefined }, plan.steps)
          return { outcome: 'unchanged', deployment: plan.deployment, before, after: before, phases: [] }
        case 'wait':
          await waitFor(rollout, plan.journal, giveUpAt)
          break
        case 'restore':
          await takeBack({ ...common, rolloutId: plan.journal.rolloutId }, plan, candidate.name, rollout.refusal)
          break
        case 'roll': {
          if (plan.resumes && live.journal?.owner !== owner)
            host.log.info(`Going on with the rollout of ${candidate.name} that an earlier run began.`)
          const timeline = new Timeline(clock, before)
          const application = { ...common, rolloutId: plan.journal.rolloutId, timeline }
          await applyOrTakeBack(application, plan, rollout).catch(async (error: unknown) => {
            if (error instanceof TakenOverError) await discardCandidate(application).catch(() => undefined)
            if (error instanceof RefusedError) await host.summary(rolloutTimes(timeline.phases).join('\n'))
            throw error
          })
          return {
            outcome: 'promoted',
            deployment: candidate.name,
            before: plan.journal.previous,
            after: { [candidate.name]: 100 },
            phases: timeline.phases,
          }
        }
      }
    } catch (error) {
      if (!(error instanceof StalePlanError)) throw error
      host.log.debug(error.message)
    }
  }
}

async function serviceOf({ workspace, endpoint }: Rollout): Promise<Service> {
  const service = await readService(workspace, endpoint)
  if (service) return service
  throw new InputError(`There is no endpoint "${endpoint}" in the workspace "${workspace.address.workspace}".`)
}

async function waitFor({ host, workspace, endpoint }: Rollout, journal: Journal, giveUpAt: number): Promise<void> {
  const { clock } = workspace.connection
  const until = new Date(journal.leaseExpiresAt).toISOString()
  if (clock.now() >= giveUpAt)
    throw new UserError(
      `Another run is rolling out "${journal.candidate}" on the endpoint "${endpoint}"; its lease lasts until ${until}.`,
      {
        hint: 'Run again when it is done. If that run is dead, wait for the lease to expire or set takeOver.',
      },
    )
  host.log.info(`Waiting for another run that is rolling out "${journal.candidate}" (lease until ${until}).`)
  await clock.pause(Math.max(100, Math.min(5000, giveUpAt - clock.now())), host.signal)
}

/** Finishes taking back a rollout of an earlier run; when it was this very intent, its refusal is the answer. */
async function takeBack(
  application: Application,
  plan: Extract<Plan, { kind: 'restore' }>,
  candidate: string,
  refusal: string,
): Promise<void> {
  const { host } = application
  const own = plan.journal.candidate === candidate
  host.log.info(`Taking back the rollout of ${plan.journal.candidate} that an earlier run left unfinished.`)
  await applySteps({ ...application, candidate: undefined, refused: own ? refusal : undefined }, plan.steps)
  if (own) throw refused(plan.journal, plan.journal.reason ?? 'An earlier run refused it.')
}

async function applyOrTakeBack(
  application: Application,
  plan: Extract<Plan, { kind: 'roll' }>,
  rollout: Rollout,
): Promise<void> {
  const { host, workspace, endpoint } = application
  const { clock } = workspace.connection
  // The first step claims the endpoint. When that fails there is nothing to be taken back.
  await applySteps(application, plan.steps.slice(0, 1))
  // Up to here a failure is the candidate's. Then it has proven itself, and is not taken back because an old one stays.
  const proven = Math.max(plan.steps.findLastIndex(({ kind }) => kind === 'bake') + 1, 1)
  try {
    await applySteps(application, plan.steps.slice(1, proven), { claimed: true })
  } catch (error) {
    // A cancelled run leaves everything to the next one, and a run that lost the endpoint must not touch it.
    const leave = host.signal.aborted || error instanceof TakenOverError || error instanceof StalePlanError
    if (leave || !(error instanceof Error)) throw error
    const reason = error.message
    host.log.warning(reason)
    await showLog(application, plan.journal.candidate)
    const service = await readService(workspace, endpoint)
    if (!service || !application.candidate) throw error
    // What failed may have failed because somebody else took over.
    assertOwn(application, service.endpoint)
    const live = liveOf(service, application.candidate)
    const plannedAt = clock.now()
    const restore = planRestore({ live, journal: { ...plan.journal, reason, leaseExpiresAt: leaseFrom(plannedAt, 0) } })
    await host.group('Take the rollout back', () =>
      applySteps({ ...application, plannedAt, refused: rollout.refusal }, restore.steps, { claimed: true }),
    )
    throw refused(plan.journal, reason, error)
  }
  await applySteps(application, plan.steps.slice(proven), { claimed: true })
}

function refused(journal: Journal, reason: string, cause?: unknown): Error {
  const serving = trafficText(journal.previous)
  // Nothing served before the first deployment: there is nothing to be restored.
  if (serving === 'none')
    return new UserError(`${reason} The deployment "${journal.candidate}" was deleted; nothing served before it.`, {
      cause,
    })
  return new RefusedError(`${reason} The deployment "${journal.candidate}" was refused; ${serving} serves as before.`, {
    cause,
    outputs: { outcome: 'refused', changed: false, deployment: Object.keys(journal.previous)[0] ?? '', reason },
  })
}

/** The container's log, because that is where the cause of most refusals is. */
async function showLog({ host, workspace, endpoint }: Application, deployment: string): Promise<void> {
  const log = await workspace.deployments.logs(endpoint, deployment).catch(() => '')
  if (log.trim() === '') return
  await host.group(`Log of ${deployment}`, async () => host.log.info(log.trimEnd()))
}

/** A plan as a person reads it. */
function describe(host: Host, plan: Plan, before: Traffic, candidate: string): RolloutResult {
  switch (plan.kind) {
    case 'unchanged':
      host.log.info(`${plan.deployment} is what is wanted and serves; nothing would change.`)
      return { outcome: 'unchanged', deployment: plan.deployment, before, after: before, phases: [] }
    case 'wait':
      host.log.info(`Another run is rolling out ${plan.journal.candidate}; this one would wait.`)
      return { outcome: 'planned', deployment: candidate, before, after: before, phases: [] }
    default:
      for (const step of plan.steps) host.log.info(stepText(step))
      return { outcome: 'planned', deployment: candidate, before, after: { [candidate]: 100 }, phases: [] }
  }
}

function stepText(step: Parameters<typeof applySteps>[1][number]): string {
  switch (step.kind) {
    case 'write':
      return `Write traffic ${trafficText(step.traffic)}${step.journal ? `, rollout ${step.journal.phase}` : ', rollout over'}`
    case 'create':
      return `Deploy ${step.deployment} and wait until it is ready`
    case 'probe':
      return `Send the test requests to ${step.deployment} alone`
    case 'bake':
      return `Watch ${step.deployment} for ${step.seconds} s while it serves`
    case 'delete':
      return `Delete ${step.deployment}`
  }
}
