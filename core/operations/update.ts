import { z } from 'zod'
import { InputError } from '../errors.ts'
import { checkedText, flag, optional, pairs, path } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { rolloutTimes } from '../rollout/timelineText.ts'
import { trafficText } from '../rollout/traffic.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { existingService } from './existingService.ts'
import { measured, measuredServed, metricFaults, metricInputs, requireMetrics } from './metricInputs.ts'
import { chooseModel, modelReference, parseModelReference } from './modelChoice.ts'
import { readRequests } from './requestFile.ts'
import { endpointName, policyOf, rolloutInputs, trialInput } from './rolloutInputs.ts'
import { serviceImage } from './serviceImage.ts'
import { imageInput, needsImage, serviceTarget, targetOf } from './targetInput.ts'

export const update = defineOperation({
  name: 'update',
  title: 'Update a service',
  summary:
    'Move a service to another model version: proven beside the old one, then all traffic in one write, watched, and taken back if it fails.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service (online endpoint) to update.'),
    model: optional(
      checkedText(
        modelReference,
        'Model version: NAME:VERSION, or NAME for the newest. Default: the newest of the model that is served.',
        'MODEL',
      ),
    ),
    tags: pairs('The newest version is sought among those with these tags.'),
    ...metricInputs,
    target: serviceTarget,
    image: imageInput,
    inferenceConfig: optional(
      path('Inference configuration that the image of the new version is built from, for targets that run images.'),
    ),
    ...rolloutInputs,
    trialInput,
    dryRun: flag('Print the plan and change nothing.'),
  },
  outputs: {
    outcome: z
      .enum(['promoted', 'unchanged', 'refused', 'planned'])
      .describe('promoted, unchanged, refused or planned'),
    changed: z.boolean().describe('Whether anything was changed.'),
    deployment: z.string().describe('The deployment that serves.'),
    modelName: z.string().describe('The model of the service.'),
    modelVersion: z.string().describe('The version that was asked for.'),
    previousVersion: z.string().optional().describe('The version that served before.'),
    scoringUri: z.string().describe('Where the service scores.'),
  },
  rules: ({ model, tags, ...metrics }) => [
    ...(model !== undefined && parseModelReference(model)?.version !== undefined && Object.keys(tags ?? {}).length > 0
      ? [{ key: 'tags' as const, fault: `cannot be given with an exact version (${model})` }]
      : []),
    ...metricFaults(metrics).flatMap(({ key, fault }) => (key === 'metrics' ? [] : [{ key, fault }])),
  ],
  async run({ host, workspace }, inputs) {
    const requests = await readRequests(host, inputs.requests)
    const target = await targetOf({ host, workspace }, inputs.target)
    const status = await existingService({ host, workspace }, target, inputs.service, 'deploy creates it.')
    const [previous] = status.models
    const reference =
      inputs.model === undefined
        ? previous && { name: previous.name, version: undefined }
        : parseModelReference(inputs.model)
    if (!reference)
      throw new InputError(
        `The endpoint "${inputs.service}" serves no registered model, so ${host.spelling('model')} must say which.`,
      )
    const model = await chooseModel({ workspace, reference, tags: inputs.tags })
    const { service, dryRun } = inputs
    // What serves is not held to be better than itself: running again changes nothing.
    if (!(previous?.name === model.name && previous.version === model.version))
      await requireMetrics({
        ...{ host, inputs, candidate: measured(model), served: () => measuredServed(workspace, previous) },
        outputs: { outcome: 'refused', changed: false, modelName: model.name, modelVersion: model.version },
      })
    const { inferenceConfig, timeoutSeconds } = inputs
    const image = needsImage(target)
      ? await serviceImage(
          { host, workspace },
          { service, image: inputs.image, inferenceConfig, models: [model], timeoutSeconds, dryRun },
        )
      : undefined
    const result = await target.update({
      ...{ service, model, requests, dryRun, tags: {}, image, policy: policyOf(inputs), trialInput: inputs.trialInput },
    })
    const from = previous?.version ?? 'nothing'
    await host.summary(
      [
        `### ${inputs.service}: ${result.outcome}`,
        '',
        '| | Before | After |',
        '|---|---|---|',
        `| Model | ${cell(from)} | ${cell(`${model.name}:${model.version}`)} |`,
        `| Traffic | ${trafficText(result.before)} | ${trafficText(result.after)} |`,
        ...rolloutTimes(result.phases),
      ].join('\n'),
    )
    return {
      outcome: result.outcome,
      changed: result.outcome === 'promoted',
      deployment: result.deployment,
      modelName: model.name,
      modelVersion: model.version,
      previousVersion: previous?.version,
      scoringUri: status.scoringUri ?? '',
    }
  },
})
