import { isBusy } from '../azure/armError.ts'
import { RefusedError, UserError } from '../errors.ts'
import { TakenOverError, uniqueName } from '../rollout/application.ts'
import {
  type Journal,
  journalIn,
  promotedTag,
  refusedTag,
  rolloutTag,
  tagText,
  withJournal,
} from '../rollout/journal.ts'
import { leaseFrom } from '../rollout/plan.ts'
import type { BatchDeploymentSpec } from '../workspace/batchDeployment.ts'
import type { BatchEndpoint } from '../workspace/batchEndpoints.ts'
import type { BatchService } from '../workspace/batchService.ts'
import type { JobInput } from '../workspace/jobInput.ts'
import type { BatchRollout } from './batchRollout.ts'
import { trialRun } from './batchTrial.ts'

/** Somebody else wrote the endpoint between looking and claiming. Nothing was done yet. */
export class LostClaimError extends Error {}

/** One run's work on one endpoint. Every write is preceded by a look whether the endpoint is still this run's. */
export class BatchRun {
  readonly #rollout: BatchRollout
  readonly #owner: string
  readonly #candidate: BatchDeploymentSpec
  readonly #rolloutId = uniqueName()

  constructor(rollout: BatchRollout, owner: string, candidate: BatchDeploymentSpec) {
    this.#rollout = rollout
    this.#owner = owner
    this.#candidate = candidate
  }

  /** Deletes what a dead run left behind: of its candidate and what was the default before, whichever is not it now. */
  async tidy({ endpoint, deployments }: BatchService, journal: Journal): Promise<void> {
    const { host } = this.#rollout.context
    const { name } = this.#candidate
    await this.#claim(endpoint, { ...this.#journal(endpoint), candidate: name })
    const left = [journal.candidate, ...Object.keys(journal.previous)].filter(
      (one) => one !== endpoint.defaultDeployment && one !== name && deployments.some((other) => other.name === one),
    )
    for (const one of left) {
      host.log.info(`Deleting "${one}", which an earlier run left behind.`)
      await this.#delete(one)
    }
    if (endpoint.defaultDeployment === name) await this.#write({ journal: undefined, promoted: name })
  }

  async bringIn(options: {
    readonly endpoint: BatchEndpoint
    readonly isReady: boolean
    /** What it is tried with; undefined when nobody said. */
    readonly input: JobInput | undefined
  }): Promise<void> {
    const { endpoint, isReady, input } = options
    const { context, order, refusal } = this.#rollout
    const { host } = context
    const { name } = this.#candidate
    const previous = endpoint.defaultDeployment
    await this.#claim(endpoint, this.#journal(endpoint))
    try {
      if (!isReady) await this.#create()
      if (input) await this.#prove(input)
      // A first deployment is done with this write; otherwise the old one has to go first.
      const journal = previous === undefined ? undefined : this.#journal(endpoint)
      await this.#write({ defaultDeployment: name, journal, promoted: name })
      const live = await context.workspace.batchEndpoints.settled(order.service)
      if (live?.defaultDeployment !== name)
        throw new UserError(
          `The batch endpoint "${order.service}" names "${live?.defaultDeployment ?? ''}" as its default although "${name}" was written.`,
        )
    } catch (error) {
      // A cancelled run leaves everything to the next one, and a run that lost the endpoint must not touch it.
      if (host.signal.aborted || error instanceof TakenOverError || !(error instanceof Error)) throw error
      host.log.warning(error.message)
      await host.group('Take the rollout back', () => this.#takeBack(previous, refusal))
      throw refused(name, previous, error)
    }
    host.log.info(`Default of ${order.service}: ${previous ?? 'none'} → ${name}`)
    if (previous === undefined) return
    await this.#delete(previous)
    await this.#write({ journal: undefined, promoted: name })
  }

  async #create(): Promise<void> {
    const { context, order } = this.#rollout
    const { host, workspace } = context
    const { timeoutSeconds } = order.policy
    const { name } = this.#candidate
    await host.group(`Deploy ${name} to ${order.service}`, async () => {
      const made = await workspace.batchDeployments.put(
        order.service,
        { ...this.#candidate, tags: { ...this.#candidate.tags, [rolloutTag]: this.#rolloutId } },
        {
          deadlineSeconds: timeoutSeconds,
          onState: (_, done) =>
            host.progress({ label: `Waiting for ${name}`, done, total: timeoutSeconds, unit: 'seconds' }),
        },
      )
      if (made.provisioningState !== 'Succeeded')
        throw new UserError(`The deployment "${name}" did not become ready: it is ${made.provisioningState}.`)
    })
  }

  async #prove(input: JobInput): Promise<void> {
    const { context, order } = this.#rollout
    const { timeoutSeconds } = order.policy
    const endpoint = await this.#own()
    await context.host.group(`Try ${this.#candidate.name} with ${input.description}`, () =>
      trialRun({ ...context, endpoint, deployment: this.#candidate, input, timeoutSeconds }),
    )
  }

  async #takeBack(previous: string | undefined, refusal: string): Promise<void> {
    const { workspace } = this.#rollout.context
    const live = await this.#own()
    const { name } = this.#candidate
    if (live.defaultDeployment === name && previous !== undefined)
      await this.#write({ defaultDeployment: previous, journal: this.#journal(live) })
    const isDefault = live.defaultDeployment === name && previous === undefined
    if (!isDefault && (await workspace.batchDeployments.get(this.#rollout.order.service, name)))
      await this.#delete(name)
    await this.#write({ journal: undefined, refused: refusal })
  }

  #journal(endpoint: BatchEndpoint): Journal {
    const { clock } = this.#rollout.context.workspace.connection
    const { timeoutSeconds } = this.#rollout.order.policy
    return {
      ...{ rolloutId: this.#rolloutId, candidate: this.#candidate.name, phase: 'rolling', owner: this.#owner },
      previous: endpoint.defaultDeployment ? { [endpoint.defaultDeployment]: 100 } : {},
      // It waits twice: for the deployment, and for its trial.
      leaseExpiresAt: leaseFrom(clock.now(), 2 * timeoutSeconds),
    }
  }

  /** The endpoint, if the rollout in its tags is still this run's. */
  async #own(): Promise<BatchEndpoint> {
    const { context, order } = this.#rollout
    const live = await context.workspace.batchEndpoints.settled(order.service)
    if (!live) throw new UserError(`The batch endpoint "${order.service}" does not exist any more.`)
    if (journalIn(live.tags)?.owner === this.#owner) return live
    throw new TakenOverError(`The batch endpoint "${live.name}" was taken over by another run; this run stopped.`, {
      hint: 'Nothing is lost: run again to see what is the default, or to go on from there.',
    })
  }

  /** Azure has no conditional write: a claim counts once it is still there after a rival has had time to write its own. */
  async #claim(seen: BatchEndpoint, journal: Journal): Promise<void> {
    const { context, order } = this.#rollout
    const { host, workspace } = context
    const { clock } = workspace.connection
    const lost = () => new LostClaimError(`The batch endpoint "${order.service}" changed while it was being claimed.`)
    const live = await workspace.batchEndpoints.settled(order.service)
    const [now, then] = [live && journalIn(live.tags)?.owner, journalIn(seen.tags)?.owner]
    if (!live || live.defaultDeployment !== seen.defaultDeployment || (now !== then && now !== this.#owner))
      throw lost()
    if (now === this.#owner) return
    const started = clock.now()
    try {
      await workspace.batchEndpoints.put({ ...live, tags: withJournal(live.tags, journal) })
    } catch (error) {
      if (isBusy(error)) throw lost()
      throw error
    }
    await clock.pause(Math.max(250, 4 * (clock.now() - started)), host.signal)
    const after = await workspace.batchEndpoints.settled(order.service)
    if (!after || journalIn(after.tags)?.owner !== this.#owner) throw lost()
  }

  async #write(change: {
    readonly defaultDeployment?: string | undefined
    readonly journal: Journal | undefined
    readonly promoted?: string | undefined
    readonly refused?: string | undefined
  }): Promise<void> {
    const { promoted, refused } = change
    const { workspace } = this.#rollout.context
    for (;;) {
      const live = await this.#own()
      const { [refusedTag]: was, ...others } = withJournal(live.tags, change.journal)
      const remembered = refused ?? (promoted === undefined ? was : undefined)
      const tags = {
        ...others,
        ...(promoted === undefined ? {} : { [promotedTag]: promoted }),
        ...(remembered === undefined ? {} : { [refusedTag]: tagText(remembered) }),
      }
      const { defaultDeployment = live.defaultDeployment } = change
      try {
        await workspace.batchEndpoints.put({ ...live, defaultDeployment, tags })
        return
      } catch (error) {
        if (!isBusy(error)) throw error
      }
    }
  }

  async #delete(name: string): Promise<void> {
    const { context, order } = this.#rollout
    await this.#own()
    await context.workspace.batchDeployments.delete(order.service, name, {
      deadlineSeconds: order.policy.timeoutSeconds,
    })
    context.host.log.info(`The deployment "${name}" was deleted.`)
  }
}

function refused(candidate: string, previous: string | undefined, cause: Error): Error {
  if (previous === undefined)
    return new UserError(`${cause.message} The deployment "${candidate}" was deleted; there was no other before it.`, {
      cause,
    })
  return new RefusedError(
    `${cause.message} The deployment "${candidate}" was refused; "${previous}" is the default as before.`,
    {
      cause,
      outputs: { outcome: 'refused', changed: false, deployment: previous, reason: cause.message },
    },
  )
}
