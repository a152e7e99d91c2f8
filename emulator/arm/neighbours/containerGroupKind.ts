import { z } from 'zod'
import { badRequest } from '../../armError.ts'
import { type Bag, bag, bagOf, type TrackedRecord } from '../../state/records.ts'
import { pagesOf } from '../operationPages.ts'
import type { TrackedKind } from '../tracked/trackedRoutes.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { neighbourNotFound } from './neighbourNotFound.ts'
import { neighbourRoute } from './neighbourRoute.ts'

const type = 'Microsoft.ContainerInstance/containerGroups'

/** What is kept beside what a client gave: whether the group runs, and how often it was restarted. */
const kept = z.object({ stopped: z.boolean().default(false), restarts: z.number().default(0) })

const container = z.looseObject({
  name: z.string().min(1),
  properties: z.looseObject({
    image: z.string().min(1),
    resources: z.looseObject({ requests: z.looseObject({ cpu: z.number(), memoryInGB: z.number() }) }),
    environmentVariables: z.array(z.looseObject({ name: z.string() })).nullish(),
  }),
})
const group = z.looseObject({
  containers: z.array(container).min(1),
  osType: z.enum(['Linux', 'Windows']),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).nullish(),
  ipAddress: z.looseObject({ dnsNameLabel: z.string().nullish() }).nullish(),
  imageRegistryCredentials: z.array(z.looseObject({ server: z.string() })).nullish(),
  emulator: kept.optional(),
})

/** Container groups (ACI), as records: what they say they run does not run here. */
export function containerGroupKind({ state }: WorkspaceParts): TrackedKind {
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
    properties: shown,
    updateStatus: 200,
    patch: 'at once',
    delete: 'at once',
  }
}

function shown({ properties, location, provisioningState, lastModifiedAt }: TrackedRecord): Bag {
  const { emulator, ...given } = group.parse(properties)
  const { stopped, restarts } = kept.parse(emulator ?? {})
  const state = stopped ? 'Stopped' : 'Running'
  const currentState = stopped ? { state: 'Terminated', exitCode: 0 } : { state, startTime: lastModifiedAt }
  const { ipAddress } = given
  return {
    restartPolicy: 'Always',
    ...given,
    containers: given.containers.map(({ properties: one, ...rest }) => ({
      ...rest,
      properties: {
        ...one,
        // What was given as secret is not told again.
        environmentVariables: (one.environmentVariables ?? []).map(({ secureValue: _, ...variable }) => variable),
        instanceView: { restartCount: restarts, currentState, events: [] },
      },
    })),
    ...(given.imageRegistryCredentials
      ? { imageRegistryCredentials: given.imageRegistryCredentials.map(({ password: _, ...rest }) => rest) }
      : {}),
    ...(ipAddress
      ? {
          ipAddress: {
            ...bagOf(ipAddress),
            ip: '127.0.0.1',
            ...(ipAddress.dnsNameLabel ? { fqdn: `${ipAddress.dnsNameLabel}.${location}.azurecontainer.io` } : {}),
          },
        }
      : {}),
    instanceView: { events: [], state },
    provisioningState,
  }
}

/** The names of a group's containers. */
export function containersOf(properties: Bag): readonly string[] {
  return z
    .looseObject({ containers: z.array(z.looseObject({ name: z.string(), properties: bag })) })
    .parse(properties)
    .containers.map(({ name }) => name)
}
