import { z } from 'zod'
import { badRequest } from '../../armError.ts'
import type { ContainerGroups, ContainerView } from '../../groups/containerGroups.ts'
import { groupSettings } from '../../groups/groupSettings.ts'
import { type Bag, bag, bagOf, type TrackedRecord } from '../../state/records.ts'
import { pagesOf } from '../operationPages.ts'
import type { TrackedKind } from '../tracked/trackedRoutes.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'
import { neighbourRoute } from './neighbourRoute.ts'

const type = 'Microsoft.ContainerInstance/containerGroups'

/** What is kept beside what a client gave: whether the group runs, and how often it was restarted. */
const kept = z.object({ stopped: z.boolean().default(false), restarts: z.number().default(0) })

const group = groupSettings.extend({ emulator: kept.optional() })

/** Container groups (ACI). They run where deployments run in Docker; elsewhere they are records that say so. */
export function containerGroupKind({ state, groups }: WorkspaceParts): TrackedKind {
  return {
    collection: state.tracked.containerGroups,
    route: neighbourRoute('Microsoft.ContainerInstance', 'containerGroups'),
    type,
    scope: 'rp',
    pages: pagesOf('Microsoft.ContainerInstance'),
    missing: (name) => neighbourNotFound(type, name),
    check: ({ name, body, before }) => {
      if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
        throw badRequest(
          `The container group name "${name}" is not valid: it must have at most 63 lower-case letters, digits and dashes, and begin and end with a letter or digit.`,
        )
      const parsed = group.safeParse(body.properties)
      if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
      return { ...parsed.data, emulator: before?.properties.emulator ?? kept.parse({}) }
    },
    run: (key) => groups.bring(key),
    gone: (key) => groups.retire(key),
    properties: (record) => shown(record, groups),
    updateStatus: 200,
    patch: 'at once',
    delete: 'at once',
  }
}

function shown(record: TrackedRecord, groups: ContainerGroups): Bag {
  const { key, properties, location, provisioningState, lastModifiedAt } = record
  const { emulator, ...given } = group.parse(properties)
  const { stopped, restarts } = kept.parse(emulator ?? {})
  const state = stopped ? 'Stopped' : 'Running'
  const currentState = stopped ? { state: 'Terminated', exitCode: 0 } : { state, startTime: lastModifiedAt }
  const recorded = { restartCount: restarts, currentState, events: [] }
  const views = groups.view(key)
  const { ipAddress } = given
  return {
    restartPolicy: 'Always',
    ...given,
    containers: given.containers.map(({ name, properties: one, ...rest }) => ({
      ...{ name, ...rest },
      properties: {
        ...one,
        // What was given as secret is not told again.
        environmentVariables: (one.environmentVariables ?? []).map(({ secureValue: _, ...variable }) => variable),
        instanceView: views ? instanceView(views.get(name)) : recorded,
      },
    })),
    ...(given.imageRegistryCredentials
      ? { imageRegistryCredentials: given.imageRegistryCredentials.map(({ password: _, ...rest }) => rest) }
      : {}),
    ...(given.volumes
      ? { volumes: given.volumes.map(({ secret, ...rest }) => (secret ? { ...rest, secret: {} } : rest)) }
      : {}),
    ...(ipAddress ? { ipAddress: { ...bagOf(ipAddress), ...reached(groups.address(key), ipAddress, location) } } : {}),
    instanceView: { events: [], state: views ? groupState(views) : state },
    provisioningState,
  }
}

/** A group that runs has an address and no name: no name server knows those of an embedded workspace. */
function reached(
  address: string | undefined,
  { dnsNameLabel }: { readonly dnsNameLabel?: string | null | undefined },
  location: string,
): Bag {
  if (address !== undefined) return { ip: address }
  return { ip: '127.0.0.1', ...(dnsNameLabel ? { fqdn: `${dnsNameLabel}.${location}.azurecontainer.io` } : {}) }
}

function instanceView(view: ContainerView | undefined): Bag {
  const { state = 'Waiting', startTime, exitCode, restarts = 0 } = view ?? {}
  const detail =
    state === 'Waiting' && restarts > 0 ? { detailStatus: 'CrashLoopBackOff: Back-off restarting failed' } : {}
  const ended = exitCode === undefined || state !== 'Terminated' ? {} : { exitCode }
  return {
    restartCount: restarts,
    currentState: { state, ...(startTime === undefined ? {} : { startTime }), ...ended, ...detail },
    events: [],
  }
}

function groupState(views: ReadonlyMap<string, ContainerView>): string {
  const all = [...views.values()]
  if (all.some(({ state }) => state === 'Waiting')) return 'Pending'
  if (all.every(({ state }) => state === 'Running')) return 'Running'
  return all.some(({ state, exitCode }) => state === 'Terminated' && exitCode !== 0) ? 'Failed' : 'Stopped'
}

/** The names of a group's containers. */
export function containersOf(properties: Bag): readonly string[] {
  return z
    .looseObject({ containers: z.array(z.looseObject({ name: z.string(), properties: bag })) })
    .parse(properties)
    .containers.map(({ name }) => name)
}
