import type { HubConfiguration, IotHub, ModulesContent } from '../../azure/iotHub.ts'
import { RefusedError, UserError } from '../../errors.ts'
import type { Delivered, Delivery, ServedModel, TargetContext } from '../target.ts'
import { lookPause } from './lookPause.ts'
import { modelsIn, modelsText } from './manifest.ts'

const label = {
  service: 'azureml-cd-service',
  workspace: 'azureml-cd-workspace',
  models: 'azureml-cd-models',
  phase: 'azureml-cd-phase',
  /** Until when the run that proves it is taken to be alive, in milliseconds since 1970. */
  lease: 'azureml-cd-lease',
} as const

const leaseMilliseconds = 120_000

export interface WantedDeployment {
  readonly id: string
  readonly modulesContent: ModulesContent
  readonly models: readonly ServedModel[]
  readonly condition: string
  /** The least one; above what is there in any case. */
  readonly priority: number
  readonly labels: Readonly<Record<string, string>>
  readonly successPercentage: number
}

/** The deployments of a service in its hub, what devices run first. */
export async function deploymentsOf(
  { workspace }: Pick<TargetContext, 'workspace'>,
  hub: IotHub,
  service: string,
): Promise<readonly HubConfiguration[]> {
  const own = workspace.address.workspace
  return (await hub.configurations())
    .filter(({ labels }) => labels[label.service] === service && labels[label.workspace] === own)
    .toSorted((a, b) => b.priority - a.priority || b.createdTimeUtc.localeCompare(a.createdTimeUtc))
}

export const isServing = ({ labels }: HubConfiguration): boolean => labels[label.phase] === 'serving'

export function servedModels({ labels }: HubConfiguration): readonly ServedModel[] {
  return modelsIn(labels[label.models] ?? '')
}

/**
 * Brings a deployment in beside the one that serves, with a higher priority, so that devices take it; proves it by what
 * they report; and deletes the old one. When it does not succeed it is deleted, and devices go back to the old one.
 */
export async function rollOutAtScale(options: {
  readonly context: TargetContext
  readonly hub: IotHub
  readonly order: Delivery
  readonly wanted: WantedDeployment
}): Promise<Delivered> {
  const { context, hub, order, wanted } = options
  const { host, workspace } = context
  const { service, dryRun } = order
  const own = await withoutRivals(options)
  const serving = own.find(isServing)
  const before = serving ? { [serving.id]: 100 } : {}
  const after = { [wanted.id]: 100 }
  const told = { deployment: wanted.id, before, after }
  if (serving?.id === wanted.id) {
    const others = own.filter((one) => one !== serving)
    if (!dryRun) for (const { id } of others) await hub.remove(id)
    return { ...told, outcome: 'unchanged', state: stateOf(serving) }
  }
  const same = own.find(({ id }) => id === wanted.id)
  const resumed = same && !isServing(same) ? same : undefined
  const priority = Math.max(wanted.priority, ...own.filter((one) => one !== resumed).map((one) => one.priority + 1))
  if (dryRun) {
    host.log.info(
      `Would create the deployment ${wanted.id} with priority ${priority} for devices that fulfil ${wanted.condition}${serving ? `, and delete ${serving.id} once they have reported success` : ''}.`,
    )
    return { ...told, outcome: 'planned', state: 'planned' }
  }
  // Left by runs that are over; devices go on with what serves.
  for (const { id } of own.filter((one) => one !== resumed && (one === same || !isServing(one)))) await hub.remove(id)
  if (!resumed)
    await hub.create({
      ...{ id: wanted.id, modulesContent: wanted.modulesContent, targetCondition: wanted.condition, priority },
      labels: {
        ...wanted.labels,
        ...{ [label.service]: service, [label.workspace]: workspace.address.workspace },
        ...{ [label.models]: modelsText(wanted.models), ...leased(workspace.connection.clock.now()) },
      },
    })
  host.log.info(`${resumed ? 'Go on with' : 'Created'} the deployment ${wanted.id} with priority ${priority}.`)
  const failure = await whyNot(options)
  if (failure !== undefined) {
    await hub.remove(wanted.id)
    const message = `The deployment "${wanted.id}" was deleted again: ${failure}`
    if (!serving) throw new UserError(message)
    throw new RefusedError(`${message} Devices go back to ${serving.id}.`)
  }
  const proven = await hub.configuration(wanted.id)
  if (!proven) throw new UserError(`The deployment "${wanted.id}" was deleted by somebody else.`)
  await hub.label(proven, { ...proven.labels, [label.phase]: 'serving', [label.lease]: '0' })
  for (const { id } of own) if (id !== wanted.id) await hub.remove(id)
  return { ...told, outcome: 'promoted', state: stateOf(proven) }
}

/** Waits for the run of somebody else on the same service, and answers with the deployments as they are then. */
async function withoutRivals(options: {
  readonly context: TargetContext
  readonly hub: IotHub
  readonly order: Delivery
  readonly wanted: WantedDeployment
}): Promise<readonly HubConfiguration[]> {
  const { context, hub, order, wanted } = options
  const { clock } = context.workspace.connection
  const { waitSeconds, takeOver } = order.policy
  const until = clock.now() + waitSeconds * 1000
  for (;;) {
    const own = await deploymentsOf(context, hub, order.service)
    const rival = own.find(
      (one) => one.id !== wanted.id && !isServing(one) && Number(one.labels[label.lease]) > clock.now(),
    )
    if (!rival || takeOver || order.dryRun) return own
    if (clock.now() >= until)
      throw new UserError(
        `Another run is bringing ${modelsText(servedModels(rival))} to "${order.service}" (${rival.id}) and was not done after ${waitSeconds} s.`,
        { hint: 'If that run is dead, its lease is over in two minutes; or take it over.' },
      )
    await clock.pause(2_000, context.host.signal)
  }
}

/** Waits until enough devices have reported success and, for as long as is asked, none took it back; says why not. */
async function whyNot(options: {
  readonly context: TargetContext
  readonly hub: IotHub
  readonly order: Delivery
  readonly wanted: WantedDeployment
}): Promise<string | undefined> {
  const { context, hub, order, wanted } = options
  const { host, workspace } = context
  const { clock } = workspace.connection
  const { timeoutSeconds, bakeSeconds } = order.policy
  const until = clock.now() + timeoutSeconds * 1000
  let goodSince: number | undefined
  let said = ''
  for (let look = 0; ; look += 1) {
    const live = await hub.configuration(wanted.id)
    if (!live) return 'somebody else deleted it.'
    const { targeted, failed, succeeded } = countsOf(live)
    const text = countsText(live)
    if (text !== said) host.log.info(`${wanted.id}: ${text}`)
    said = text
    const needed = Math.max(1, Math.ceil((targeted * wanted.successPercentage) / 100))
    if (failed > 0 && targeted - failed < needed) return `${text}; ${needed} had to succeed.`
    const now = clock.now()
    goodSince = succeeded >= needed ? (goodSince ?? now) : undefined
    if (goodSince !== undefined && now - goodSince >= bakeSeconds * 1000) return undefined
    if (goodSince === undefined && now >= until)
      return targeted === 0
        ? `no device fulfils the condition ${wanted.condition} within ${timeoutSeconds} s.`
        : `after ${timeoutSeconds} s ${text}; ${needed} had to succeed.`
    // Seen by other runs; who changes the labels at the same time is told so by the hub.
    if (Number(live.labels[label.lease]) < now + leaseMilliseconds / 2)
      await hub.label(live, { ...live.labels, ...leased(now) })
    await clock.pause(lookPause(look), host.signal)
  }
}

export function stateOf(configuration: HubConfiguration): string {
  const { targeted, succeeded, failed } = countsOf(configuration)
  if (failed > 0) return `Failed on ${failed} of ${targeted}`
  return targeted > 0 && succeeded >= targeted ? 'Succeeded' : `Reported by ${succeeded} of ${targeted}`
}

function leased(now: number): Readonly<Record<string, string>> {
  return { [label.phase]: 'proving', [label.lease]: String(now + leaseMilliseconds) }
}

function countsOf({ systemMetrics: { results } }: HubConfiguration) {
  const { targetedCount = 0, appliedCount = 0, reportedSuccessfulCount = 0, reportedFailedCount = 0 } = results
  return {
    targeted: targetedCount,
    applied: appliedCount,
    succeeded: reportedSuccessfulCount,
    failed: reportedFailedCount,
  }
}

function countsText(configuration: HubConfiguration): string {
  const { targeted, applied, succeeded, failed } = countsOf(configuration)
  return `${targeted} devices targeted, ${applied} applied, ${succeeded} reported success, ${failed} reported failure`
}

/** What the user labelled a deployment with. */
export function userLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own: readonly string[] = Object.values(label)
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !own.includes(name)))
}
