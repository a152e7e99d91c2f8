import { z } from 'zod'
import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import { type Destination, DispatchError, type RunState } from '../destination.ts'
import { AzureDevOps } from './azureDevOps.ts'
import { checkedOrder } from './checkedOrder.ts'
import { fillTemplates, identifiesOrder } from './fillTemplate.ts'
import type { Surroundings } from './surroundings.ts'

const links = z.looseObject({ web: z.looseObject({ href: z.string() }).optional() })
const run = z.looseObject({ id: z.number(), _links: links.nullish() })
const build = z.looseObject({
  id: z.number(),
  status: z.string().nullish(),
  result: z.string().nullish(),
  templateParameters: z.record(z.string(), z.unknown()).nullish(),
  _links: links.nullish(),
})
const builds = z.looseObject({ value: z.array(build) })

const perPage = 100
const mostPages = 50
/** The clocks of the registry and of Azure DevOps need not agree. */
const clockSkewMilliseconds = 600_000

/**
 * Runs a pipeline with template parameters that it declares. Its runs are found by those parameters, which is possible
 * when they name the model and its version, or the order's key.
 */
export function azurePipeline(config: DestinationConfigOf<'azure-pipeline'>, surroundings: Surroundings): Destination {
  const azureDevOps = new AzureDevOps(config, surroundings)
  const { pipeline, parameters = {} } = config
  const canFind = identifiesOrder(Object.values(parameters))
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind,
    takesKey: false,
    async start(given, signal) {
      const order = checkedOrder(given)
      const { value } = await azureDevOps.call({
        doing: `running the pipeline ${pipeline}`,
        ...{ service: 'pipelines', path: `pipelines/${pipeline}/runs`, schema: run, signal },
        body: {
          ...(config.ref === undefined ? {} : { resources: { repositories: { self: { refName: config.ref } } } }),
          templateParameters: fillTemplates(parameters, order),
        },
      })
      return { id: String(value.id), url: value._links?.web?.href }
    },
    async find(given, signal) {
      if (!canFind) return undefined
      const order = checkedOrder(given)
      const expected = Object.entries(fillTemplates(parameters, order))
      let continuationToken: string | undefined
      for (let page = 0; page < mostPages; page += 1) {
        const { value, continuation } = await azureDevOps.call({
          doing: `looking through the runs of the pipeline ${pipeline}`,
          // A run of a pipeline is a build, and builds can be asked for since a time.
          ...{ service: 'pipelines', path: 'build/builds', schema: builds, signal },
          query: {
            definitions: pipeline,
            minTime: new Date(Date.parse(order.registeredAt) - clockSkewMilliseconds).toISOString(),
            ...{ queryOrder: 'queueTimeDescending', $top: perPage, continuationToken },
          },
        })
        const found = value.value.find(({ templateParameters }) =>
          expected.every(([name, text]) => String(templateParameters?.[name] ?? '') === text),
        )
        if (found) return { id: String(found.id), url: found._links?.web?.href }
        if (continuation === undefined) return undefined
        continuationToken = continuation
      }
      throw new DispatchError(
        `While looking for the run of ${order.idempotencyKey}, more than ${mostPages * perPage} runs of the pipeline ${pipeline} since its registration were there; whether it was started cannot be told.`,
        { certain: true, permanent: false },
      )
    },
    async state(started, signal) {
      if (!/^\d+$/.test(started.id)) return 'unknown'
      const { value } = await azureDevOps.call({
        doing: `reading the run ${started.id}`,
        ...{ service: 'pipelines', path: `build/builds/${started.id}`, schema: build, signal },
      })
      return stateOf(value)
    },
  }
}

function stateOf({ status, result }: z.output<typeof build>): RunState {
  if (status?.toLowerCase() !== 'completed') return 'running'
  switch (result?.toLowerCase()) {
    case 'succeeded':
      return 'succeeded'
    case 'canceled':
      return 'cancelled'
    // Some steps failed and were allowed to.
    case 'partiallysucceeded':
    case 'failed':
      return 'failed'
    default:
      return 'unknown'
  }
}
