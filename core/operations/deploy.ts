import { z } from 'zod'
import type { ScoringRequest } from '../config/requests.ts'
import { InputError } from '../errors.ts'
import { checkedText, flag, optional, pairs, path, secretText, text } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { rolloutTimes } from '../rollout/timelineText.ts'
import { trafficText } from '../rollout/traffic.ts'
import { clientSnippets } from '../targets/clientSnippets.ts'
import { openTarget } from '../targets/openTarget.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { chooseModel, modelReference, parseModelReference } from './modelChoice.ts'
import { provenanceTags } from './provenanceTags.ts'
import { readRequests } from './requestFile.ts'
import { endpointName, policyOf, rolloutInputs, trialInput } from './rolloutInputs.ts'
import { readServiceFiles } from './serviceFiles.ts'
import { serviceImage } from './serviceImage.ts'
import { imageInput, needsImage, newServiceTarget, targetNamed } from './targetInput.ts'

/** The first JSON body among the test requests, as an example for clients. */
function sampleIn(requests: readonly ScoringRequest[]): string | undefined {
  for (const { body } of requests) if (body.kind === 'json' && body.text.length <= 500) return body.text
  return undefined
}

export const deploy = defineOperation({
  name: 'deploy',
  title: 'Deploy a service',
  summary:
    'Create a service from a model, an inference configuration and a deployment configuration, or bring an existing one to match them.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service (online endpoint) to create or bring up to date.'),
    model: checkedText(modelReference, 'Model version: NAME:VERSION, or NAME for the newest.', 'MODEL'),
    inferenceConfig: optional(
      path(
        'Inference configuration, JSON or YAML: entry script, source directory, environment. Required, unless the deployment configuration is a deployment of v2 (az ml), which says all of it.',
      ),
    ),
    deploymentConfig: optional(
      path(
        'Deployment configuration, JSON or YAML, or a deployment of v2: instances, authentication, probes. Default: one instance with key authentication.',
      ),
    ),
    endpointConfig: optional(
      path('Endpoint of v2 (YAML of az ml), online or batch: authentication, network, description, tags.'),
    ),
    target: newServiceTarget,
    image: imageInput,
    compute: optional(
      text('Attached Kubernetes cluster (target aks) or compute cluster (target batch) to deploy to.', 'NAME'),
    ),
    hubConnectionString: optional(
      secretText(
        'Connection string of the IoT hub (target iot-edge), kept as a secret of the workspace. Default: who is signed in to Azure asks the hub.',
      ),
    ),
    tags: pairs('Tags of the deployment.'),
    ...rolloutInputs,
    trialInput,
    dryRun: flag('Check everything, print the plan and change nothing.'),
  },
  outputs: {
    changed: z.boolean().describe('Whether anything was changed.'),
    scoringUri: z.string().describe('Where the service scores.'),
    swaggerUri: z.string().describe('Where the service describes its requests.'),
    deployment: z.string().describe('The deployment that serves.'),
    state: z.string().describe('Its state, read back at the end: Succeeded.'),
    modelVersion: z.string().describe('The version that is served.'),
  },
  rules: ({ inferenceConfig, deploymentConfig }) =>
    inferenceConfig === undefined && deploymentConfig === undefined
      ? [{ key: 'inferenceConfig', fault: 'is required, or a deployment configuration of v2' }]
      : [],
  async run({ host, workspace }, inputs) {
    const { service, dryRun } = inputs
    const files = await readServiceFiles(host, { ...inputs, target: targetNamed(inputs.target) })
    const target = await openTarget(files.deployment.target, { host, workspace })
    const requests = await readRequests(host, inputs.requests)
    const reference = parseModelReference(inputs.model)
    if (!reference) throw new InputError(`"${inputs.model}" is no model.`)
    await target.check(files, service)
    const model = await chooseModel({ workspace, reference })
    const { inferenceConfig = inputs.deploymentConfig, timeoutSeconds } = inputs
    const image = needsImage(target)
      ? await serviceImage(
          { host, workspace },
          { service, image: inputs.image, inferenceConfig, models: [model], timeoutSeconds, dryRun },
        )
      : undefined
    const delivered = await target.deploy({
      ...{
        service,
        files,
        requests,
        dryRun,
        trialInput: inputs.trialInput,
        models: [model],
        compute: inputs.compute,
        hubConnectionString: inputs.hubConnectionString,
        image,
        policy: policyOf(inputs),
      },
      tags: { ...(await provenanceTags(host)), ...inputs.tags },
    })
    const { outcome, deployment, state, before, after, phases, scoringUri = '', swaggerUri = '' } = delivered
    // How it is called was said when it was brought in; a run that changes nothing asks no more than it must.
    const status = outcome === 'promoted' ? await target.status(service) : undefined
    if (deployment !== '')
      await host.summary(
        [
          `### ${service}: ${outcome}`,
          '',
          '| | |',
          '|---|---|',
          `| Model | ${cell(`${model.name}:${model.version}`)} |`,
          `| Deployment | ${deployment} (${state}) |`,
          `| Traffic | ${trafficText(before)} → ${trafficText(after)} |`,
          `| Scoring URI | ${scoringUri} |`,
          ...rolloutTimes(phases),
          '',
          ...(status?.scoringUri ? [clientSnippets({ ...status, scoringUri, sample: sampleIn(requests) })] : []),
        ].join('\n'),
      )
    const changed = outcome === 'promoted'
    return { changed, scoringUri, swaggerUri, deployment, state, modelVersion: model.version }
  },
})
