import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { endpointName } from '../config/names.ts'
import { UserError } from '../errors.ts'
import { checkedText, optional, path } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { trafficText } from '../rollout/traffic.ts'
import { clientSnippets } from '../targets/clientSnippets.ts'
import type { Target } from '../targets/target.ts'
import { score } from '../workspace/scoring.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { existingService } from './existingService.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

export const show = defineOperation({
  name: 'show',
  title: 'Show a service',
  summary:
    'Tell what a service serves, where and how it is called, with samples of clients; and fetch its swagger document.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service to show.'),
    target: serviceTarget,
    swaggerFile: optional(path('File to write the swagger document to, which describes its requests.')),
  },
  outputs: {
    state: z.string().describe('State of the service.'),
    models: z.array(z.string()).readonly().describe('What it serves, as NAME:VERSION, most of its traffic first.'),
    traffic: z.record(z.string(), z.number()).describe('Percentages by deployment.'),
    authentication: z.string().describe('key, aml-token, aad-token or none.'),
    scoringUri: z.string().describe('Where the service scores.'),
    swaggerUri: z.string().describe('Where it describes its requests.'),
  },
  async run(context, { service, target: word, swaggerFile }) {
    const { host, workspace } = context
    const target = await targetOf(context, word)
    const status = await existingService(context, target, service)
    const { state, traffic, authentication, scoringUri = '', swaggerUri = '', takesJobs } = status
    const models = status.models.map(({ name, version }) => `${name}:${version}`)
    if (swaggerFile !== undefined) {
      await writeFile(swaggerFile, await swaggerOf({ workspace, target, service, swaggerUri }))
      host.log.info(`The swagger document was written to ${swaggerFile}.`)
    }
    await host.summary(
      [
        `### ${service}: ${state}`,
        '',
        '| | |',
        '|---|---|',
        `| Serves | ${cell(models.join(', ') || 'nothing')} |`,
        `| Traffic | ${trafficText(traffic)} |`,
        `| Authentication | ${authentication} |`,
        `| Scoring URI | ${scoringUri} |`,
        `| Swagger URI | ${swaggerUri} |`,
        '',
        ...(scoringUri ? [clientSnippets({ scoringUri, authentication, takesJobs })] : []),
      ].join('\n'),
    )
    return { state, models, traffic: { ...traffic }, authentication, scoringUri, swaggerUri }
  },
})

async function swaggerOf(options: {
  readonly workspace: Workspace
  readonly target: Target
  readonly service: string
  readonly swaggerUri: string
}): Promise<string> {
  const { workspace, target, service, swaggerUri } = options
  if (swaggerUri === '') throw new UserError(`The service "${service}" says nowhere how its requests look.`)
  const { bearer } = await target.scoring(service)
  const { host, httpClient } = workspace.connection
  const answer = await score({
    ...{ scoringUri: swaggerUri, method: 'GET', bearer: await bearer(), signal: host.signal, httpClient },
  })
  if (answer.status !== 200)
    throw new UserError(
      `The swagger document of "${service}" could not be fetched: ${swaggerUri} answered ${answer.status}.`,
    )
  return answer.body
}
