import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'
import { AddressError, blobAddress } from '../blobs/blobAddress.ts'
import type { Bindings } from '../http/bindings.ts'
import { mlAudience } from '../identity/audiences.ts'
import { TokenError } from '../identity/tokens.ts'
import { bagOf, type TrackedRecord } from '../state/records.ts'
import { systemData } from './envelope.ts'
import { requestBody } from './requestBody.ts'
import { type WorkspaceParts, workspacePath } from './workspaceParts.ts'

/** Clients of different ages spell the words of this body with a small or a capital first letter. */
const lowered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(lowered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [key.slice(0, 1).toLowerCase() + key.slice(1), inner]),
        )
      : value
const described = <T extends z.ZodRawShape>(shape: T) => z.preprocess(lowered, z.looseObject(shape))
const input = described({ jobInputType: z.string(), uri: z.string().nullish(), value: z.string().nullish() })
const output = described({ jobOutputType: z.string().nullish(), uri: z.string().nullish() })
const invocation = z.object({
  properties: described({
    inputData: z.record(z.string(), input).nullish(),
    outputData: z.record(z.string(), output).nullish(),
  }),
})

/** `POST /batch/<endpoint>/jobs`: the scoring address of a batch endpoint, for callers with an Entra token. */
export function batchInvocationRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const { identity, state, tokens, batchJobs } = parts
  const routes = new Hono<Bindings>()

  const checkCaller = async (c: Context): Promise<void> => {
    const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    try {
      await tokens.verify(token, [mlAudience])
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      throw new ArmError({ status: 401, code: 'Unauthorized', message: 'The token is missing or not valid.' })
    }
  }

  const chosenDeployment = (c: Context): TrackedRecord => {
    const name = c.req.param('endpoint') ?? ''
    const endpoint = state.tracked.batchEndpoints.get(name)
    if (!endpoint) throw new ArmError({ status: 404, code: 'NotFound', message: `There is no endpoint "${name}".` })
    const chosen: unknown =
      c.req.header('azureml-model-deployment') ?? bagOf(endpoint.properties.defaults).deploymentName
    const deployment = typeof chosen === 'string' ? state.tracked.batchDeployments.get(`${name}/${chosen}`) : undefined
    if (deployment?.provisioningState !== 'Succeeded')
      throw badRequest(
        typeof chosen === 'string'
          ? `The endpoint "${name}" has no deployment "${chosen}" that is ready.`
          : `The endpoint "${name}" has no default deployment, and the request names none.`,
      )
    return deployment
  }

  routes.post('/batch/:endpoint/jobs', async (c) => {
    await checkCaller(c)
    const endpoint = c.req.param('endpoint')
    const deployment = chosenDeployment(c)
    const { properties } = await requestBody(c, invocation)
    const inputData = properties.inputData ?? {}
    const inputs = Object.entries(inputData).flatMap(([name, one]) => {
      if (/literal/i.test(one.jobInputType)) return []
      if (!one.uri) throw badRequest(`The input "${name}" has no uri.`)
      return [one.uri]
    })
    if (inputs.length === 0) throw badRequest('The request names no input with a uri.')
    const [wanted] = Object.values(properties.outputData ?? {})
    const place = wanted?.uri ? placeOf(wanted.uri, wanted.jobOutputType ?? '') : undefined
    try {
      for (const uri of [...inputs, ...(place ? [place.folder] : [])]) blobAddress(uri, { state, identity })
    } catch (error) {
      if (error instanceof AddressError) throw badRequest(error.message)
      throw error
    }
    const settings = deployment.properties
    const fileName = place?.file ?? (typeof settings.outputFileName === 'string' ? settings.outputFileName : undefined)
    const job = batchJobs.start({
      ...{ endpoint, deployment: deployment.name, inputs, properties: settings },
      output: place?.folder,
      outputFileName: fileName ?? 'predictions.csv',
    })
    const id = workspacePath(identity, 'batchEndpoints', endpoint, 'deployments', deployment.name)
    c.header('azureml-model-deployment', deployment.name)
    c.header('Location', `${new URL(c.req.url).origin}${id}`)
    return c.json(
      {
        id: `${id}/jobs/${job.name}`,
        name: job.name,
        type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments/jobs',
        properties: {
          provisioningState: 'Succeeded',
          inputData: Object.fromEntries(
            Object.entries(inputData).map(([name, one]) => [
              name,
              { description: null, mode: 'ReadOnlyMount', ...one },
            ]),
          ),
          compute: { target: settings.compute ?? null, instanceCount: null, isLocal: false, location: null },
          output: { datastoreId: null, path: null },
          status: 'Preparing',
          tags: job.properties.tags,
          properties: {},
          name: job.name,
        },
        systemData: systemData(identity, job),
      },
      201,
    )
  })

  return routes
}

/** An output's address, taken apart: a file's last part is its name. */
function placeOf(uri: string, type: string): { readonly folder: string; readonly file: string | undefined } {
  const trimmed = uri.replace(/\/+$/, '')
  const slash = trimmed.lastIndexOf('/')
  return /file/i.test(type)
    ? { folder: trimmed.slice(0, slash), file: trimmed.slice(slash + 1) }
    : { folder: trimmed, file: undefined }
}
