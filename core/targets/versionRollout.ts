import { InputError, RefusedError, UserError } from '../errors.ts'
import { type Journal, journalIn, type Traffic } from '../rollout/journal.ts'
import { isAsWanted } from '../rollout/live.ts'
import { endpointScoring, sendProbes } from '../rollout/probes.ts'
import type { RolloutResult } from '../rollout/rollOut.ts'
import { sameTraffic, trafficText } from '../rollout/traffic.ts'
import type { Deployment, DeploymentSpec } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import { readService, type Service } from '../workspace/service.ts'
import type { Delivery, TargetContext } from './target.ts'
import { defaultVersionTag, versionTraffic } from './versionTraffic.ts'

interface VersionRollout {
  readonly context: TargetContext
  readonly order: Delivery
  /** Its name is the version's. */
  readonly candidate: DeploymentSpec
  readonly trafficPercentile: number
  readonly isDefault: boolean
}

const patienceSeconds = 30

/**
 * Creates or replaces one version of an endpoint that has several (v1's AKSENDPOINT), tests it alone, and then gives it
 * its share of the requests in one write. When it is no good, traffic and version are as they were.
 */
export async function rollOutVersion(rollout: VersionRollout): Promise<RolloutResult> {
  const { context, order, candidate, trafficPercentile, isDefault } = rollout
  const { host, workspace } = context
  const service = await serviceOf(rollout)
  const { endpoint } = service
  assertFree(journalIn(endpoint.tags), order, workspace.connection.clock.now())
  const before = endpoint.traffic
  const formerDefault = defaultOf(service)
  const defaultVersion = isDefault ? candidate.name : (formerDefault ?? candidate.name)
  const after = versionTraffic({
    ...{ trafficPercentile, defaultVersion, formerDefault, traffic: before, version: candidate.name },
  })
  const present = service.deployments.find(({ name }) => name === candidate.name)
  const isMade = present?.provisioningState === 'Succeeded' && isAsWanted(present, candidate)
  if (isMade && sameTraffic(before, after) && endpoint.tags[defaultVersionTag] === defaultVersion) {
    host.log.info(`${candidate.name} is what is wanted and has its share; nothing changes.`)
    return { outcome: 'unchanged', deployment: candidate.name, before, after, phases: [] }
  }
  if (order.dryRun) {
    if (!isMade) host.log.info(`${present ? 'Replace' : 'Create'} the version ${candidate.name} and test it alone`)
    host.log.info(`Write traffic ${trafficText(after)}, default version ${defaultVersion}`)
    return { outcome: 'planned', deployment: candidate.name, before, after, phases: [] }
  }
  try {
    if (!isMade) await put(rollout, candidate)
    await probe(rollout, endpoint)
    await write(rollout, after, defaultVersion)
    await watch(rollout, endpoint)
  } catch (error) {
    if (host.signal.aborted || !(error instanceof Error)) throw error
    await takeBack({ rollout, service, present, wasMade: isMade })
    const reason = `${error.message} The version "${candidate.name}" was taken back; ${trafficText(before)} as before.`
    if (trafficText(before) === 'none') throw new UserError(reason, { cause: error })
    throw new RefusedError(reason, { cause: error, outputs: { outcome: 'refused', changed: false } })
  }
  return { outcome: 'promoted', deployment: candidate.name, before, after, phases: [] }
}

async function serviceOf({ context, order }: VersionRollout): Promise<Service> {
  const service = await readService(context.workspace, order.service)
  if (service) return service
  throw new InputError(`There is no endpoint "${order.service}".`)
}

function assertFree(journal: Journal | undefined, { service, policy }: Delivery, now: number): void {
  if (!journal || (policy.takeOver && journal.leaseExpiresAt <= now)) return
  throw new UserError(`Another run is rolling out "${journal.candidate}" on the endpoint "${service}".`, {
    hint: 'Versions with shares of their own and rollouts of update do not mix; let that run finish first.',
  })
}

/** The version that is marked, as long as it is there; or else the one that serves most. */
function defaultOf({ endpoint, deployments }: Service): string | undefined {
  const marked = endpoint.tags[defaultVersionTag]
  if (marked !== undefined && deployments.some(({ name }) => name === marked)) return marked
  return Object.entries(endpoint.traffic).sort(([, a], [, b]) => b - a)[0]?.[0]
}

function put({ context, order }: VersionRollout, spec: DeploymentSpec): Promise<Deployment> {
  const { host, workspace } = context
  const { timeoutSeconds } = order.policy
  return host.group(`Deploy the version ${spec.name}`, () =>
    workspace.deployments.put(order.service, spec, {
      deadlineSeconds: timeoutSeconds,
      onState: (_, done) =>
        host.progress({ label: `Waiting for ${spec.name}`, done, total: timeoutSeconds, unit: 'seconds' }),
    }),
  )
}

async function probe(rollout: VersionRollout, endpoint: Endpoint, patience = patienceSeconds): Promise<void> {
  const { context, order, candidate } = rollout
  if (order.requests.length === 0) return
  const { connection } = context.workspace
  const scoring = endpointScoring(context.workspace, endpoint, candidate.name)
  const results = await sendProbes({ connection, scoring, requests: order.requests, patienceSeconds: patience })
  const wrong = results.find(({ difference }) => difference !== undefined)
  if (wrong)
    throw new UserError(
      `The version "${candidate.name}" did not pass the test request "${wrong.name}": ${wrong.difference}`,
    )
}

async function write({ context, order }: VersionRollout, traffic: Traffic, defaultVersion: string | undefined) {
  const { host, workspace } = context
  const live = await workspace.endpoints.settled(order.service)
  if (!live) throw new UserError(`The endpoint "${order.service}" does not exist any more.`)
  const { [defaultVersionTag]: _, ...others } = live.tags
  const tags = defaultVersion === undefined ? others : { ...others, [defaultVersionTag]: defaultVersion }
  await workspace.endpoints.put({ ...live, traffic, tags }, { deadlineSeconds: order.policy.timeoutSeconds })
  host.log.info(`Traffic of ${live.name}: ${trafficText(live.traffic)} → ${trafficText(traffic)}`)
}

async function watch(rollout: VersionRollout, endpoint: Endpoint): Promise<void> {
  const { context, order } = rollout
  const { clock, host } = context.workspace.connection
  const until = clock.now() + order.policy.bakeSeconds * 1000
  while (clock.now() < until) {
    await clock.pause(Math.min(5000, until - clock.now()), host.signal)
    await probe(rollout, endpoint, 0)
  }
}

async function takeBack(options: {
  readonly rollout: VersionRollout
  readonly service: Service
  readonly present: Deployment | undefined
  readonly wasMade: boolean
}): Promise<void> {
  const { rollout, service, present, wasMade } = options
  const { context, order, candidate } = rollout
  const { host, workspace } = context
  const { endpoint } = service
  const log = await workspace.deployments.logs(order.service, candidate.name).catch(() => '')
  if (log.trim() !== '') await host.group(`Log of ${candidate.name}`, async () => host.log.info(log.trimEnd()))
  const live = await workspace.endpoints.settled(order.service)
  if (live && !sameTraffic(live.traffic, endpoint.traffic))
    await write(rollout, endpoint.traffic, endpoint.tags[defaultVersionTag])
  if (wasMade) return
  if (present?.provisioningState === 'Succeeded') await put(rollout, present)
  else await workspace.deployments.delete(order.service, candidate.name)
}
