import { assertNever, UserError } from '../errors.ts'
import type { Deployment } from '../workspace/deployment.ts'
import { type Application, CandidateError, currentEndpoint, TakenOverError } from './application.ts'
import { journalIn, rolloutTag } from './journal.ts'
import type { Step } from './plan.ts'
import { endpointScoring, probeTable, sendProbes } from './probes.ts'
import { trafficText } from './traffic.ts'
import { assertAsPlanned, assertOwn, fence, settleClaim, writeEndpoint } from './writeEndpoint.ts'

const patienceSeconds = 30
const settledStates = new Set(['Succeeded', 'Failed', 'Canceled'])

/**
 * Carries out the steps of a plan, in order. Before every step that changes something it makes sure that the rollout is
 * still this run's, so that of two runs only one goes on. Throws a CandidateError when the candidate is no good, and a
 * TakenOverError when another run is at work.
 */
export async function applySteps(
  application: Application,
  steps: readonly Step[],
  /** `claimed`: earlier steps of the plan were applied, so the endpoint is this run's already. */
  options: { readonly claimed: boolean } = { claimed: false },
): Promise<void> {
  let { claimed } = options
  for (const step of steps) {
    const work = () => applyStep(application, step, { claimed })
    await (application.timeline?.during(step, work) ?? work())
    if (step.kind === 'write') claimed = true
  }
}

async function applyStep(application: Application, step: Step, options: { readonly claimed: boolean }): Promise<void> {
  const { claimed } = options
  switch (step.kind) {
    case 'write':
      await writeEndpoint(application, step, { fenced: claimed })
      if (!claimed && step.journal) await settleClaim(application)
      return
    case 'create':
      return createCandidate(application)
    case 'probe':
      return probe(application, step.deployment)
    case 'bake':
      return bake(application, step)
    case 'delete':
      return deleteDeployment(application, step.deployment, { fenced: claimed })
    default:
      assertNever(step)
  }
}

async function createCandidate(application: Application): Promise<void> {
  const { host, workspace, endpoint, candidate, timeoutSeconds, rolloutId } = application
  if (!candidate) throw new Error('A rollout creates a candidate only when it is told which.')
  const { name } = candidate
  const present = await settledDeployment(application, name)
  if (present?.provisioningState === 'Succeeded') return
  // What failed in this rollout fails again; what another rollout left behind says nothing about this one.
  if (present && present.tags[rolloutTag] === rolloutId)
    throw new CandidateError(
      `The deployment "${name}" of the endpoint "${endpoint}" is in state ${present.provisioningState}.`,
    )
  if (present) await deleteDeployment(application, name, { fenced: true })
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
}

/**
 * What a run that was taken over leaves behind: whoever took over does not know of a candidate that came into being
 * afterwards. One that it knows of, or that serves, stays.
 */
export async function discardCandidate({ workspace, endpoint, candidate, rolloutId }: Application): Promise<void> {
  if (!candidate) return
  const { name } = candidate
  const made = await workspace.deployments.get(endpoint, name)
  if (made?.tags[rolloutTag] !== rolloutId) return
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
  const results = await sendProbes({
    ...{ requests, patienceSeconds, connection: workspace.connection },
    scoring: endpointScoring(workspace, endpoint, deployment),
  })
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
      const results = await sendProbes({
        ...{ requests, connection: workspace.connection, scoring: endpointScoring(workspace, live, deployment) },
        // A connection that broke says nothing about the deployment; an answer does.
        ...{ patienceSeconds: 0, reconnectSeconds: 10 },
      })
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
  const live = await currentEndpoint(application)
  if (fenced) assertOwn(application, live)
  else assertAsPlanned(application, live)
  if ((live.traffic[name] ?? 0) > 0)
    throw new UserError(`The deployment "${name}" has traffic again; it was not deleted.`)
  if (await workspace.deployments.delete(endpoint, name, { deadlineSeconds: timeoutSeconds }))
    host.log.info(`Deleted ${name}.`)
}
