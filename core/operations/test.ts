import { z } from 'zod'
import { deploymentName, endpointName } from '../config/names.ts'
import { InputError, UserError } from '../errors.ts'
import { checkedText, flag, optional, path, quantity } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { probeTable, sendProbes } from '../rollout/probes.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { existingService } from './existingService.ts'
import { readRequests } from './requestFile.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

export const test = defineOperation({
  name: 'test',
  title: 'Test a service',
  summary: 'Send request files to a service and compare the answers with what is expected.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service (online endpoint) to test.'),
    requests: path('File with requests and what is expected of their answers.'),
    deployment: optional(checkedText(deploymentName, 'Only this deployment, whatever the traffic says.')),
    target: serviceTarget,
    requestTimeoutSeconds: quantity({
      description: 'How long one answer may take, in seconds.',
      ...{ unit: 'seconds', default: 60, min: 1, max: 600 },
    }),
    dryRun: flag('Print the requests and send none.'),
  },
  outputs: {
    passed: z.number().describe('Requests whose answer was as expected.'),
    failed: z.number().describe('Requests whose answer was not. The operation fails when there is one.'),
    results: z
      .array(
        z.object({ name: z.string(), status: z.number(), milliseconds: z.number(), difference: z.string().optional() }),
      )
      .readonly()
      .describe('Each request: its name, status (0: no answer), latency in ms, and the first difference.'),
  },
  async run({ host, workspace }, inputs) {
    const { service, deployment, requestTimeoutSeconds, dryRun, target: targetWord } = inputs
    const requests = await readRequests(host, inputs.requests)
    const target = await targetOf({ host, workspace }, targetWord)
    const status = await existingService({ host, workspace }, target, service)
    if (deployment && !status.deployments.includes(deployment))
      throw new InputError(`The endpoint "${service}" has no deployment "${deployment}".`)
    if (dryRun) {
      for (const { name, method, path: route } of requests) host.log.info(`Would send ${name}: ${method} ${route}`)
      return { passed: 0, failed: 0, results: [] }
    }
    const results = await sendProbes({
      ...{ requests, connection: workspace.connection, scoring: await target.scoring(service, deployment) },
      ...{ patienceSeconds: 0, timeoutSeconds: requestTimeoutSeconds },
    })
    await host.summary(`### Test of ${service}\n\n${probeTable(results)}`)
    const wrong = results.filter(({ difference }) => difference !== undefined)
    const [first] = wrong
    const outputs = { passed: results.length - wrong.length, failed: wrong.length, results }
    if (first)
      throw new UserError(
        `${wrong.length} of ${results.length} requests to "${service}" were not answered as expected. First: ${first.name}: ${first.difference}`,
        { outputs },
      )
    return outputs
  },
})
