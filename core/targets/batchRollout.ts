import { InputError, UserError } from '../errors.ts'
import { uniqueName } from '../rollout/application.ts'
import { type Journal, journalIn, type Traffic } from '../rollout/journal.ts'
import type { BatchDeploymentSpec } from '../workspace/batchDeployment.ts'
import { type BatchService, readBatchService } from '../workspace/batchService.ts'
import type { JobInput } from '../workspace/jobInput.ts'
import { isAsWanted, withFreeName } from './batchDeployment.ts'
import { BatchRun, LostClaimError } from './batchRun.ts'
import type { Delivery, TargetContext } from './target.ts'

export interface BatchRollout {
  readonly context: TargetContext
  readonly order: Omit<Delivery, 'tags'>
  /** What is wanted, given what is there. Its name comes from its content. */
  readonly candidate: (service: BatchService) => BatchDeploymentSpec
  /** What the candidate is run over before it becomes the default; asked for only when there is something to prove. */
  readonly input: () => Promise<JobInput | undefined>
  /** What the endpoint remembers when the candidate is refused, as `name:version`. */
  readonly refusal: string
}

export interface BatchResult {
  readonly outcome: 'unchanged' | 'promoted' | 'planned'
  readonly deployment: string
  readonly before: Traffic
  readonly after: Traffic
}

/**
 * Makes a deployment the default of its endpoint: made beside the old one, run over a small input, then the default is
 * moved in one write and the old one deleted; or everything is as before. The intent is kept in the endpoint's tags
 * from the first write on, so that a run that was killed is finished or taken back by the next one. Throws a
 * RefusedError when the candidate was no good and the old one is still the default.
 */
export async function rollOutBatch(rollout: BatchRollout): Promise<BatchResult> {
  const { host, workspace } = rollout.context
  const { policy, service: name, dryRun } = rollout.order
  const { clock } = workspace.connection
  const owner = uniqueName()
  const giveUpAt = clock.now() + policy.waitSeconds * 1000
  for (;;) {
    const service = await readBatchService(workspace, name)
    if (!service)
      throw new InputError(`There is no batch endpoint "${name}" in the workspace "${workspace.address.workspace}".`)
    const candidate = withFreeName(rollout.candidate(service), service)
    const { endpoint, deployments } = service
    const journal = journalIn(endpoint.tags)
    const before: Traffic = endpoint.defaultDeployment ? { [endpoint.defaultDeployment]: 100 } : {}
    const present = deployments.find((one) => one.name === candidate.name)
    const isReady = present?.provisioningState === 'Succeeded' && isAsWanted(present, candidate)
    const isDefault = isReady && endpoint.defaultDeployment === candidate.name
    // Equal names are equal intents: whoever wants the same goes on with it, and its first owner finds out.
    const isElsewhere = journal && journal.candidate !== candidate.name && !isDefault
    if (isElsewhere && journal.leaseExpiresAt > clock.now() && !policy.takeOver) {
      if (dryRun)
        return planned(
          rollout,
          candidate.name,
          before,
          `Another run is rolling out ${journal.candidate}; this one would wait.`,
        )
      await waitFor(rollout, journal, giveUpAt)
      continue
    }
    if (isDefault && !journal) return { outcome: 'unchanged', deployment: candidate.name, before, after: before }
    // Before anything is written: an input that is not there is told at once.
    const input = isDefault ? undefined : await rollout.input()
    if (dryRun) {
      const what = isDefault
        ? `${candidate.name} is the default; only leftovers would be deleted.`
        : `Would make ${candidate.name} the default instead of ${endpoint.defaultDeployment ?? 'nothing'}.`
      return planned(rollout, candidate.name, before, what)
    }
    const run = new BatchRun(rollout, owner, candidate)
    try {
      if (journal) await run.tidy(service, journal)
      if (isDefault) return { outcome: 'unchanged', deployment: candidate.name, before, after: before }
      await run.bringIn({ endpoint, isReady, input })
      return { outcome: 'promoted', deployment: candidate.name, before, after: { [candidate.name]: 100 } }
    } catch (error) {
      if (!(error instanceof LostClaimError)) throw error
      host.log.debug(error.message)
    }
  }
}

function planned({ context }: BatchRollout, deployment: string, before: Traffic, what: string): BatchResult {
  context.host.log.info(what)
  return { outcome: 'planned', deployment, before, after: { [deployment]: 100 } }
}

async function waitFor({ context, order }: BatchRollout, journal: Journal, giveUpAt: number): Promise<void> {
  const { host, workspace } = context
  const { clock } = workspace.connection
  const until = new Date(journal.leaseExpiresAt).toISOString()
  if (clock.now() >= giveUpAt)
    throw new UserError(
      `Another run is rolling out "${journal.candidate}" on the batch endpoint "${order.service}"; its lease lasts until ${until}.`,
      { hint: 'Run again when it is done. If that run is dead, wait for the lease to expire or set takeOver.' },
    )
  host.log.info(`Waiting for another run that is rolling out "${journal.candidate}" (lease until ${until}).`)
  await clock.pause(Math.max(100, Math.min(5000, giveUpAt - clock.now())), host.signal)
}
