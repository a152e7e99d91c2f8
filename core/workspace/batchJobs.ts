import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { AzureError } from '../azure/armError.ts'
import { unwrapErrorBody } from '../azure/errorBody.ts'
import { UserError } from '../errors.ts'
import type { BatchEndpoint } from './batchEndpoints.ts'
import { entraToken } from './bearer.ts'
import type { DataPlace } from './dataPlace.ts'
import { score } from './scoring.ts'
import type { Workspace } from './workspace.ts'

const started = z.looseObject({ name: z.string() })

/** How long an endpoint may take to accept a job. */
const acceptSeconds = 300

/**
 * Begins a job on a batch endpoint and returns its name. The words of the body are those of Azure's documentation of
 * the REST surface (azureml-api.md 3.2, "batch invoke"); a model's deployment has one input, whatever its name, and one
 * output, `score`. It is sent once: a second request would be a second job.
 */
export async function startBatchJob(
  workspace: Workspace,
  options: {
    readonly endpoint: BatchEndpoint
    /** The endpoint's default when missing. */
    readonly deployment?: string | undefined
    readonly input: DataPlace
    readonly output: DataPlace
  },
): Promise<string> {
  const { endpoint, deployment, input, output } = options
  const { scoringUri, name } = endpoint
  if (!scoringUri) throw new UserError(`The batch endpoint "${name}" does not say yet where jobs are begun.`)
  const { host, httpClient } = workspace.connection
  const doing = `beginning a job on the batch endpoint "${name}"`
  const answer = await score({
    ...{ scoringUri, deployment, signal: host.signal, httpClient, timeoutSeconds: acceptSeconds },
    bearer: await entraToken(workspace, `to begin a job on the batch endpoint "${name}"`),
    body: JSON.stringify({
      properties: {
        InputData: { data: { JobInputType: words[input.kind], Uri: input.uri } },
        OutputData: { score: { JobOutputType: words[output.kind], Uri: output.uri } },
      },
    }),
  })
  const { status, body } = answer
  if (status >= 400) {
    const { code, message } = unwrapErrorBody(body)
    throw new AzureError({ doing, status, code, reason: message ?? 'The answer holds no explanation.' })
  }
  return parseAnswer(started, parsed(body), doing).name
}

const words = { folder: 'UriFolder', file: 'UriFile' } as const

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
