import { z } from 'zod'
import { RefusedError, UserError } from '../errors.ts'
import { choice, flag, list, pairs } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { cell } from '../rollout/probes.ts'
import { compareServed } from '../trigger/servedModels.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { noMetricGate } from './metricInputs.ts'
import { newestVersion } from './modelChoice.ts'
import { policyOf, rolloutInputs } from './rolloutInputs.ts'
import { update } from './update.ts'

const finding = z.object({
  service: z.string(),
  model: z.string(),
  newest: z.string(),
  served: z.string(),
  state: z.enum(['new', 'current', 'refused']),
})

export const watch = defineOperation({
  name: 'watch',
  title: 'Watch for new model versions',
  summary:
    'Compare the newest versions of models with what services serve, and tell what is new; optionally update the services.',
  inputs: {
    ...workspaceInputs,
    models: list(
      'Models to watch, as globs (risk-*); with ! before it, a glob excludes. Default: every model that is served.',
      'GLOB,…',
    ),
    tags: pairs('Only versions with these tags count.'),
    services: list('Services (online endpoints) to look at. Default: every one of the workspace.', 'NAME,…'),
    followUp: choice(['none', 'update'], 'What to do about a new version: nothing, or update the service to it.'),
    ...rolloutInputs,
    dryRun: flag('Print what the follow-up would do and change nothing.'),
  },
  outputs: {
    count: z.number().describe('How many services have a newer version waiting.'),
    changed: z.boolean().describe('Whether a service was updated.'),
    found: z
      .array(finding)
      .readonly()
      .describe('What was found: service, model, newest and served version, and its state: new, current or refused.'),
  },
  async run({ host, workspace }, inputs) {
    const rule = { models: inputs.models, tags: inputs.tags }
    const { findings, missing } = await compareServed({ workspace, rule, services: inputs.services, newestVersion })
    for (const name of missing) host.log.warning(`There is no endpoint "${name}"; it is left out.`)
    const rows = findings.map(
      ({ service, model, served, newest, state }) =>
        `| ${cell(service)} | ${cell(model)} | ${cell(served)} | ${cell(newest)} | ${state} |`,
    )
    await host.summary(
      findings.length === 0
        ? 'No service serves a model that is watched.'
        : ['| Service | Model | Serves | Newest | |', '|---|---|---|---|---|', ...rows].join('\n'),
    )
    const fresh = findings.filter(({ state }) => state === 'new')
    if (inputs.followUp === 'none') return { count: fresh.length, changed: false, found: findings }

    const failures: Error[] = []
    let changed = false
    for (const { service, model, newest } of fresh) {
      try {
        const target = {
          service,
          model: `${model}:${newest}`,
          tags: {},
          target: 'auto' as const,
          ...{ image: undefined, inferenceConfig: undefined, trialInput: undefined },
          requests: inputs.requests,
          dryRun: inputs.dryRun,
        }
        const address = { ...workspace.address, apiVersion: workspace.address.apiVersion }
        const { subscriptionId, resourceGroup } = address
        const done = await update.run(
          { host, workspace },
          {
            ...target,
            ...noMetricGate,
            ...policyOf(inputs),
            subscriptionId,
            resourceGroup,
            workspace: address.workspace,
            cloud: address.cloud,
            apiVersion: address.apiVersion,
          },
        )
        changed ||= done.changed
      } catch (error) {
        // One bad version does not keep the other services from theirs.
        if (host.signal.aborted || !(error instanceof Error)) throw error
        host.log.error(error.message)
        failures.push(error)
      }
    }
    const [first] = failures
    if (!first) return { count: fresh.length, changed, found: findings }
    const message = `${failures.length} of ${fresh.length} updates did not succeed. First: ${first.message}`
    if (failures.every((failure) => failure instanceof RefusedError))
      throw new RefusedError(message, { cause: first, outputs: { count: fresh.length, changed, found: findings } })
    throw new UserError(message, { cause: first })
  },
})
