import { z } from 'zod'
import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import { type Destination, DispatchError, type Order, type RunState } from '../destination.ts'
import { AzureDevOps } from './azureDevOps.ts'
import { checkedOrder, workspaceName } from './checkedOrder.ts'
import { fillTemplates } from './fillTemplate.ts'
import type { Surroundings } from './surroundings.ts'

const link = z.looseObject({ web: z.looseObject({ href: z.string() }).optional() })
const release = z.looseObject({
  id: z.number(),
  description: z.string().nullish(),
  _links: link.nullish(),
  environments: z.array(z.looseObject({ status: z.string() })).nullish(),
})
const releases = z.looseObject({ value: z.array(release) })

const perPage = 100
const mostPages = 50
/** The clocks of the registry and of Azure DevOps need not agree. */
const clockSkewMilliseconds = 600_000

/**
 * Creates a classic release whose model artifact is pinned to the version. The release's description holds the order's
 * key, which is how it is found again: by the key alone, because two rules may release one version each.
 */
export function azureRelease(config: DestinationConfigOf<'azure-release'>, surroundings: Surroundings): Destination {
  const azureDevOps = new AzureDevOps(config, surroundings)
  const { definition } = config
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: true,
    takesKey: false,
    async start(given, signal) {
      const order = checkedOrder(given)
      const { version } = order.model
      const variables = Object.entries(fillTemplates(config.variables ?? {}, order))
      const { value } = await azureDevOps.call({
        doing: `creating a release of the definition ${definition}`,
        ...{ service: 'release', path: 'release/releases', schema: release, signal },
        body: {
          definitionId: definition,
          description: description(order),
          isDraft: false,
          reason: 'none',
          artifacts: [{ alias: config.artifact, instanceReference: { id: version, name: version } }],
          ...(variables.length === 0
            ? {}
            : { variables: Object.fromEntries(variables.map(([name, text]) => [name, { value: text }])) }),
        },
      })
      return { id: String(value.id), url: value._links?.web?.href }
    },
    async find(given, signal) {
      const order = checkedOrder(given)
      const mark = markOf(order)
      let continuationToken: string | undefined
      for (let page = 0; page < mostPages; page += 1) {
        const { value, continuation } = await azureDevOps.call({
          doing: `looking through the releases of the definition ${definition}`,
          ...{ service: 'release', path: 'release/releases', schema: releases, signal },
          query: {
            definitionId: definition,
            minCreatedTime: new Date(Date.parse(order.registeredAt) - clockSkewMilliseconds).toISOString(),
            ...{ queryOrder: 'descending', $top: perPage, continuationToken },
          },
        })
        const found = value.value.find((one) => one.description?.includes(mark))
        if (found) return { id: String(found.id), url: found._links?.web?.href }
        if (continuation === undefined) return undefined
        continuationToken = continuation
      }
      throw new DispatchError(
        `While looking for the release of ${order.idempotencyKey}, more than ${mostPages * perPage} releases since its registration were there; whether it was created cannot be told.`,
        { certain: true, permanent: false },
      )
    },
    async state(started, signal) {
      if (!/^\d+$/.test(started.id)) return 'unknown'
      const { value } = await azureDevOps.call({
        doing: `reading the release ${started.id}`,
        ...{ service: 'release', path: `release/releases/${started.id}`, schema: release, signal },
      })
      return stateOf((value.environments ?? []).map(({ status }) => status.toLowerCase()))
    },
  }
}

/** A stage that nobody has started yet, for instance because it waits for a person, keeps a release running. */
function stateOf(stages: readonly string[]): RunState {
  if (stages.length === 0) return 'unknown'
  if (stages.some((status) => status === 'rejected')) return 'failed'
  if (stages.some((status) => status === 'canceled')) return 'cancelled'
  if (stages.every((status) => status === 'succeeded')) return 'succeeded'
  return stages.some((status) => status === 'partiallysucceeded') ? 'failed' : 'running'
}

function description(order: Order): string {
  const { model } = order
  return `Model ${model.name}, version ${model.version}, registered in ${workspaceName(order)}. ${markOf(order)}`
}

function markOf({ idempotencyKey }: Order): string {
  return `[azureml-cd:${idempotencyKey}]`
}
