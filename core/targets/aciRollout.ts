import type { ContainerGroup, ContainerGroups } from '../azure/containerGroups.ts'
import { RefusedError, UserError } from '../errors.ts'
import { type Scoring, sendProbes } from '../rollout/probes.ts'
import { mustBeRemade, scoringName } from './aciGroup.ts'
import { untilAnswers } from './aciLiveness.ts'
import type { Delivery, TargetContext } from './target.ts'

export interface GroupRollout {
  readonly context: TargetContext
  readonly groups: ContainerGroups
  readonly order: Delivery
  readonly wanted: ContainerGroup
  /** What has served well, in a form that can be written: what is gone back to. Undefined for a service that is new. */
  readonly again: ContainerGroup | undefined
  /** Whether the service's group is the wanted one already, and only not known to be well. */
  readonly isMoved: boolean
  /** Called before the service's own group is touched; when it is proven; and when it is as before again. */
  readonly moving: () => Promise<void>
  readonly moved: () => Promise<void>
  readonly wentBack: () => Promise<void>
  readonly scoringOf: (group: ContainerGroup) => Scoring
  /** With what was a key before. */
  readonly backScoringOf: (group: ContainerGroup) => Scoring
}

/** Besides the service's own group there is, while it is proven, one with the new version. */
export function candidateGroup(service: string): string {
  return `${service}-next`
}

/**
 * Proves the new version in a group of its own, then writes the service's group anew, watches it, and goes back to what
 * was there when it does not do what it must. The service keeps its address; while Azure restarts its group it does not
 * answer, as with v1.
 */
export async function rollOutGroup(rollout: GroupRollout): Promise<void> {
  const { context, order, wanted, again, isMoved } = rollout
  const { host } = context
  const { service } = order
  if (order.requests.length === 0)
    host.log.warning('No test requests are given: that the containers run is all that is known of the new version.')
  if (again && !isMoved) await proveCandidate(rollout)
  if (isMoved) host.log.info(`A run that was ended has moved ${service}; it is proven now.`)
  else await rollout.moving()
  try {
    await host.group(isMoved ? `Prove ${service}` : `${again ? 'Move' : 'Create'} ${service}`, async () => {
      if (!isMoved) await bringUp(rollout, service, wanted)
      await probe(rollout, service)
    })
    await watch(rollout)
  } catch (error) {
    await showLog(rollout, service)
    if (again) await host.group(`Take ${service} back`, () => takeBack(rollout, again))
    const isBack = again !== undefined || (await discard(rollout, service))
    if (isBack) await rollout.wentBack()
    await discard(rollout, candidateGroup(service))
    throw refused(rollout, error)
  }
  await rollout.moved()
  await discard(rollout, candidateGroup(service))
}

async function takeBack(rollout: GroupRollout, again: ContainerGroup): Promise<void> {
  const { context, groups, order, backScoringOf } = rollout
  await bringUp(rollout, order.service, again)
  const live = await groups.find(order.service)
  if (live) await untilAnswers(context.workspace.connection, backScoringOf(live))
}

async function proveCandidate(rollout: GroupRollout): Promise<void> {
  const candidate = candidateGroup(rollout.order.service)
  try {
    await rollout.context.host.group(`Prove ${candidate}`, async () => {
      await bringUp(rollout, candidate, besides(rollout.wanted, candidate))
      await probe(rollout, candidate)
    })
  } catch (error) {
    await showLog(rollout, candidate)
    await discard(rollout, candidate)
    throw refused(rollout, error)
  }
}

/** What is not deleted now is told, and does not hide why it was to be. */
async function discard({ context, groups, order }: GroupRollout, name: string): Promise<boolean> {
  try {
    await groups.delete(name, order.policy.timeoutSeconds)
    return true
  } catch (error) {
    context.host.log.warning(
      `The container group "${name}" is still there: ${error instanceof Error ? error.message : error}`,
    )
    return false
  }
}

/** Beside the service's own group: under a name of its own in the network as well. */
function besides(wanted: ContainerGroup, name: string): ContainerGroup {
  const { ipAddress } = wanted
  if (!ipAddress?.dnsNameLabel) return wanted
  const label = `${ipAddress.dnsNameLabel.slice(0, 57)}-next`
  return {
    ...wanted,
    ipAddress: { ...ipAddress, dnsNameLabel: label },
    tags: { ...wanted.tags, 'azureml-cd.candidate': name },
  }
}

/** Writes a group and waits until its containers are well. */
async function bringUp(rollout: GroupRollout, name: string, group: ContainerGroup): Promise<void> {
  const { groups, order, context } = rollout
  const { timeoutSeconds } = order.policy
  const { clock, host } = context.workspace.connection
  const live = await groups.find(name)
  if (live && mustBeRemade(live, group)) {
    context.host.log.info(
      `Azure cannot change what is asked for in a group that lives: ${name} is deleted and made anew.`,
    )
    await groups.delete(name, timeoutSeconds)
  }
  await groups.put(name, group, timeoutSeconds)
  const until = clock.now() + timeoutSeconds * 1000
  for (let pause = 200; ; pause = Math.min(pause * 2, 5000)) {
    const now = await groups.find(name)
    if (!now) throw new UserError(`The container group "${name}" is gone.`)
    const trouble = troubleOf(now)
    if (trouble) throw new UserError(`The container group "${name}" does not come up: ${trouble}`)
    if (now.instanceView?.state === 'Running') return
    if (clock.now() >= until)
      throw new UserError(
        `The container group "${name}" was still ${now.instanceView?.state ?? 'without a state'} after ${timeoutSeconds} s.`,
      )
    context.host.progress({
      label: `Waiting for ${name}`,
      done: timeoutSeconds - (until - clock.now()) / 1000,
      total: timeoutSeconds,
      unit: 'seconds',
    })
    await clock.pause(pause, host.signal)
  }
}

/** What is wrong with a group; undefined as long as it may yet become well. */
function troubleOf({ containers, instanceView }: ContainerGroup): string | undefined {
  for (const { name, instanceView: view } of containers) {
    const { currentState, restartCount = 0 } = view ?? {}
    const code = currentState?.exitCode
    if (currentState?.state === 'Terminated' && code !== undefined && code !== 0)
      return `the container "${name}" ended with code ${code}.`
    if (currentState?.state === 'Waiting' && restartCount >= 3)
      return `the container "${name}" ended ${restartCount} times (${currentState.detailStatus ?? 'no reason is given'}).`
  }
  const state = instanceView?.state
  return state === 'Failed' || state === 'Stopped' ? `its state is ${state}.` : undefined
}

async function probe(rollout: GroupRollout, name: string, patienceSeconds = 60): Promise<void> {
  const { context, groups, order, scoringOf } = rollout
  if (order.requests.length === 0) return
  const live = await groups.find(name)
  if (!live) throw new UserError(`The container group "${name}" is gone.`)
  const { connection } = context.workspace
  const results = await sendProbes({ connection, scoring: scoringOf(live), requests: order.requests, patienceSeconds })
  const wrong = results.find(({ difference }) => difference !== undefined)
  if (wrong) throw new UserError(`"${name}" did not pass the test request "${wrong.name}": ${wrong.difference}`)
}

async function watch(rollout: GroupRollout): Promise<void> {
  const { context, order, again } = rollout
  const { clock, host } = context.workspace.connection
  // Nothing to go back to: a new service is watched by nobody.
  if (!again) return
  const until = clock.now() + order.policy.bakeSeconds * 1000
  while (clock.now() < until) {
    await clock.pause(Math.min(5000, until - clock.now()), host.signal)
    const live = await rollout.groups.find(order.service)
    const trouble = live && troubleOf(live)
    if (trouble) throw new UserError(`While it served, "${order.service}" failed: ${trouble}`)
    await probe(rollout, order.service, 0)
  }
}

async function showLog({ context, groups }: GroupRollout, name: string): Promise<void> {
  const log = await groups.logs(name, scoringName, 200).catch(() => '')
  if (log.trim() === '') return
  await context.host.group(`Log of ${name}`, async () => context.host.log.info(log.trimEnd()))
}

function refused({ context, order, again }: GroupRollout, error: unknown): unknown {
  if (context.host.signal.aborted || !(error instanceof Error)) return error
  if (!again) return new UserError(`${error.message} It was deleted; nothing served before it.`, { cause: error })
  return new RefusedError(`${error.message} It was refused; ${order.service} is as before.`, {
    cause: error,
    outputs: { outcome: 'refused', changed: false, deployment: order.service, reason: error.message },
  })
}
