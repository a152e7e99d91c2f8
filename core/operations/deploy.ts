import { z } from 'zod'
import type { InlineEnvironment } from '../config/imageEnvironment.ts'
import { InputError } from '../errors.ts'
import { checkedText, choice, flag, optional, pairs, path } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { rollOut } from '../rollout/rollOut.ts'
import { trafficText } from '../rollout/traffic.ts'
import { ensureCode } from '../targets/code.ts'
import { ensureEnvironment, environmentContent, registeredEnvironmentId } from '../targets/environment.ts'
import { ensureManagedEndpoint, managedDeployment, requireManaged } from '../targets/managed.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { chooseModel, modelReference, parseModelReference } from './modelChoice.ts'
import { provenanceTags } from './provenanceTags.ts'
import { readRequests } from './requestFile.ts'
import { endpointName, policyOf, rolloutInputs } from './rolloutInputs.ts'
import { readServiceFiles } from './serviceFiles.ts'

export const deploy = defineOperation({
  name: 'deploy',
  title: 'Deploy a service',
  summary:
    'Create a service from a model, an inference configuration and a deployment configuration, or bring an existing one to match them.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service (online endpoint) to create or bring up to date.'),
    model: checkedText(modelReference, 'Model version: NAME:VERSION, or NAME for the newest.', 'MODEL'),
    inferenceConfig: path('Inference configuration, JSON or YAML: entry script, source directory, environment.'),
    deploymentConfig: optional(
      path(
        'Deployment configuration, JSON or YAML: instances, authentication, probes. Default: one instance with key authentication.',
      ),
    ),
    target: choice(['managed'], 'Where the service lives.'),
    tags: pairs('Tags of the deployment.'),
    ...rolloutInputs,
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
  async run({ host, workspace }, inputs) {
    const { service: name, timeoutSeconds, dryRun } = inputs
    const files = await readServiceFiles(host, inputs)
    const requests = await readRequests(host, inputs.requests)
    const reference = parseModelReference(inputs.model)
    if (!reference) throw new InputError(`"${inputs.model}" is no model.`)
    const { environment } = files.inference
    const content =
      environment?.kind === 'registered'
        ? undefined
        : await environmentContent(environment ?? unspecified, { service: name, read: files.read })
    const model = await chooseModel({ workspace, reference })

    const present = await workspace.endpoints.get(name)
    if (present) requireManaged(present)
    if (dryRun && !present) {
      host.log.info(`Would create the endpoint ${name} and deploy ${model.name}:${model.version} on it.`)
      return {
        changed: false,
        scoringUri: '',
        swaggerUri: '',
        deployment: '',
        state: 'planned',
        modelVersion: model.version,
      }
    }
    const environmentId =
      environment?.kind === 'registered'
        ? await registeredEnvironmentId(workspace, environment)
        : content &&
          (dryRun
            ? `${workspace.id}/environments/${content.name}/versions/${content.version}`
            : await ensureEnvironment(workspace, content))
    const codeId = await ensureCode(workspace, files.code, { dryRun })
    const tags = { ...(await provenanceTags(host)), ...inputs.tags }
    const endpoint =
      present ??
      (await ensureManagedEndpoint({ host, workspace, name, config: files.deployment, tags, timeoutSeconds }))
    const candidate = managedDeployment({
      ...{ model, codeId, tags, environmentId: environmentId ?? '', location: endpoint.location },
      ...{ scoringScript: files.scoringScript, config: files.deployment },
      environmentVariables: environment?.kind === 'inline' ? environment.variables : {},
    })
    const result = await host.group(`Deploy ${model.name}:${model.version} to ${name}`, () =>
      rollOut({
        ...{ host, workspace, requests, endpoint: name, dryRun, candidate: () => candidate },
        ...{ policy: policyOf(inputs), refusal: `${model.name}:${model.version}` },
      }),
    )
    const live = await workspace.endpoints.get(name)
    const state = (await workspace.deployments.get(name, result.deployment))?.provisioningState ?? 'planned'
    await host.summary(
      [
        `### ${name}: ${result.outcome}`,
        '',
        '| | |',
        '|---|---|',
        `| Model | ${cell(`${model.name}:${model.version}`)} |`,
        `| Deployment | ${result.deployment} (${state}) |`,
        `| Traffic | ${trafficText(result.before)} → ${trafficText(result.after)} |`,
        `| Scoring URI | ${live?.scoringUri ?? ''} |`,
      ].join('\n'),
    )
    return {
      changed: result.outcome === 'promoted',
      ...{ scoringUri: live?.scoringUri ?? '', swaggerUri: live?.swaggerUri ?? '' },
      ...{ deployment: result.deployment, state, modelVersion: model.version },
    }
  },
})

/** What runs where an inference configuration names no environment. */
const unspecified: InlineEnvironment = {
  kind: 'inline',
  name: undefined,
  version: undefined,
  variables: {},
  base: { kind: 'unspecified' },
  python: { kind: 'unspecified' },
  extraDockerfileSteps: undefined,
  inferencingStackVersion: undefined,
}
