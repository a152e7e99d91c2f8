import { z } from 'zod'
import { endpointName } from '../config/names.ts'
import { InputError, UserError } from '../errors.ts'
import { checkedText, flag, optional, quantity } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { trafficText } from '../rollout/traffic.ts'
import type { Target } from '../targets/target.ts'
import { sameId } from '../workspace/service.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { modelReference, parseModelReference } from './modelChoice.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

export const remove = defineOperation({
  name: 'remove',
  title: 'Remove a service or a model version',
  summary: 'Delete a service or a model version. What serves is not removed unless forced.',
  inputs: {
    ...workspaceInputs,
    service: optional(checkedText(endpointName, 'Service (online endpoint) to delete, with all its deployments.')),
    model: optional(checkedText(modelReference, 'Model version to delete: NAME:VERSION.', 'NAME:VERSION')),
    target: serviceTarget,
    force: flag('Remove it even though it serves.'),
    timeoutSeconds: quantity({
      description: 'How long the deletion may take, in seconds.',
      ...{ unit: 'seconds', default: 1800, min: 10, max: 86_400 },
    }),
    dryRun: flag('Print what would be removed and change nothing.'),
  },
  outputs: {
    changed: z.boolean().describe('Whether anything was removed; false when it was not there.'),
    removed: z.string().describe('What was removed, or would be.'),
  },
  rules: ({ service, model }) => {
    if (service === undefined && model === undefined)
      return [{ key: 'service', fault: 'or a model is required: say what to remove' }]
    if (service !== undefined && model !== undefined)
      return [{ key: 'model', fault: 'cannot be given together with a service' }]
    if (model !== undefined && parseModelReference(model)?.version === undefined)
      return [{ key: 'model', fault: `must name one version, as in ${model.split(/[:@]/)[0]}:3` }]
    return []
  },
  async run({ host, workspace }, inputs) {
    const { service, model, force, timeoutSeconds, dryRun } = inputs
    const removal =
      service === undefined
        ? await modelRemoval(workspace, model ?? '')
        : await serviceRemoval(await targetOf({ host, workspace }, inputs.target), service, timeoutSeconds)
    const { removed, serving, perform } = removal
    if (serving && !force)
      throw new UserError(`${removed} was not removed: ${serving}.`, {
        hint: `Give ${host.spelling('force')} if that is what you want.`,
      })
    if (dryRun) {
      host.log.info(`Would remove ${removed}.`)
      return { changed: false, removed }
    }
    const changed = await perform()
    await host.summary(changed ? `Removed ${removed}.` : `There was no ${removed}; nothing was changed.`)
    return { changed, removed }
  },
})

interface Removal {
  readonly removed: string
  /** Why it should stay; undefined when nothing depends on it. */
  readonly serving: string | undefined
  readonly perform: () => Promise<boolean>
}

async function serviceRemoval(target: Target, service: string, timeoutSeconds: number): Promise<Removal> {
  const traffic = trafficText((await target.status(service))?.traffic ?? {})
  return {
    removed: `the service "${service}"`,
    serving: traffic === 'none' ? undefined : `it serves (${traffic})`,
    perform: () => target.remove(service, { timeoutSeconds }),
  }
}

async function modelRemoval(workspace: Workspace, reference: string): Promise<Removal> {
  const { name, version } = parseModelReference(reference) ?? {}
  if (name === undefined || version === undefined) throw new InputError(`"${reference}" is no model version.`)
  const users: string[] = []
  for await (const endpoint of workspace.endpoints.list())
    for await (const deployment of workspace.deployments.list(endpoint.name))
      if (sameId(deployment.model, `${workspace.id}/models/${name}/versions/${version}`))
        users.push(`${endpoint.name}/${deployment.name}`)
  for await (const endpoint of workspace.batchEndpoints.list())
    for await (const deployment of workspace.batchDeployments.list(endpoint.name))
      if (sameId(deployment.model, `${workspace.id}/models/${name}/versions/${version}`))
        users.push(`${endpoint.name}/${deployment.name}`)
  return {
    removed: `version "${version}" of the model "${name}"`,
    serving: users.length > 0 ? `deployments use it (${users.join(', ')})` : undefined,
    perform: () => workspace.models.delete(name, version),
  }
}
