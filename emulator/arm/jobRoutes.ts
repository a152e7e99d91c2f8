import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { badRequest, notFound } from '../armError.ts'
import type { Bindings } from '../http/bindings.ts'
import { bag, type VersionRecord } from '../state/records.ts'
import { assetFilter } from './assetFilter.ts'
import { envelope } from './envelope.ts'
import { checkAssetName } from './names.ts'
import { page } from './paging.ts'
import { requestBody } from './requestBody.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

const jobBody = z.object({
  properties: z.looseObject({
    jobType: z.string(),
    command: z.string().nullish(),
    environmentId: z.string().nullish(),
    outputs: bag.nullish(),
  }),
})

/**
 * Jobs as sources of models: the resource is kept, nothing is run, and a job that is put is complete. Where its outputs
 * are is told in `blobAddress`. Jobs of batch endpoints are here as well; they do run.
 */
export function jobRoutes({ identity, state, batchJobs }: WorkspaceParts): Hono<Bindings> {
  const routes = new Hono<Bindings>()

  const render = (record: VersionRecord): unknown => {
    const { outputs, ...properties } = record.properties
    const artifacts = {
      jobOutputType: 'uri_folder',
      mode: 'ReadWriteMount',
      uri: `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${record.name}/`,
    }
    return envelope({
      identity,
      record,
      path: ['jobs', record.name],
      name: record.name,
      properties: {
        displayName: record.name,
        experimentName: 'Default',
        status: 'Completed',
        tags: {},
        properties: {},
        isArchived: false,
        ...properties,
        outputs: { default: artifacts, ...(typeof outputs === 'object' ? outputs : {}) },
      },
    })
  }

  const job = (c: Context): VersionRecord => {
    const name = c.req.param('name') ?? ''
    const found = state.jobs.get(name)
    if (!found) throw notFound('JobNotFound', `Job with name: ${name} not found.`)
    return found
  }

  routes.get('/jobs', (c) => {
    const wanted = assetFilter(c)
    const type = c.req.query('jobType')
    const items = [...state.jobs.children()].filter(
      ({ properties }) => wanted(properties) && (type === undefined || properties.jobType === type),
    )
    return c.json(page(c, { items, order: 'newest first', sizeParameter: 'count', render }))
  })

  routes.get('/jobs/:name', (c) => c.json(render(job(c))))

  routes.put('/jobs/:name', async (c) => {
    const name = c.req.param('name')
    checkAssetName(name)
    const { properties } = await requestBody(c, jobBody)
    for (const needed of ['command', 'environmentId'] as const)
      if (properties.jobType === 'Command' && !properties[needed])
        throw badRequest(`The property ${needed} of a command job is required.`)
    // What a client says about a job's state is not asked for.
    const { status: _, ...given } = properties
    const before = state.jobs.get(name)
    const now = state.created()
    const made = { ...(before ?? now), lastModifiedAt: now.lastModifiedAt, name, version: '', properties: given }
    return c.json(render(state.jobs.set(name, made)), before ? 200 : 201)
  })

  routes.post('/jobs/:name/cancel', (c) => {
    const { name } = job(c)
    batchJobs.cancel(name)
    return c.body(null, 200)
  })

  routes.delete('/jobs/:name', (c) => c.body(null, state.jobs.delete(c.req.param('name')) ? 200 : 204))

  return routes
}
