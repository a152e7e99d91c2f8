import { z } from 'zod'
import { type ModelRegistered, readModelRegistered } from '../../core/config/index.ts'
import {
  checkedText,
  defineLocalOperation,
  guid,
  InputError,
  list,
  optional,
  pairs,
  text,
  workspaceName,
} from '../../core/index.ts'
import { nameTest } from '../../core/trigger/index.ts'

/** What started the run, as GitHub tells it. */
export interface StartedBy {
  readonly eventName: string
  /** What the sender of a `repository_dispatch` put in. */
  readonly clientPayload: unknown
}

/** The receiving end of a `repository_dispatch`. It signs in nowhere and asks nobody. */
export function onModelRegistered(startedBy: () => StartedBy) {
  return defineLocalOperation({
    name: 'on-model-registered',
    title: 'Read the event of a registered model',
    summary:
      'Check the event that started this run, and hand out the model it tells of, so that no workflow puts text of an event into a script.',
    inputs: {
      models: list(
        'Models that this workflow is about, as globs (risk-*); with ! before it, a glob excludes. Default: every model.',
        'GLOB,…',
      ),
      tags: pairs('Tags that the version must carry.'),
      subscriptionId: optional(checkedText(guid, 'Subscription that the event must be of.', 'GUID')),
      resourceGroup: optional(text('Resource group that the event must be of.', 'NAME')),
      workspace: optional(checkedText(workspaceName, 'Workspace that the event must be of.')),
      payload: optional(
        text('The event as JSON, where it is not the client_payload of a repository_dispatch.', 'JSON'),
      ),
    },
    outputs: {
      matched: z.boolean().describe('Whether the model is one that this workflow is about.'),
      model: z.string().describe('NAME:VERSION, as the other actions take it.'),
      modelName: z.string().describe('Name of the model.'),
      modelVersion: z.string().describe('Its version.'),
      subscriptionId: z.string().optional().describe('Subscription of its workspace, where the event tells.'),
      resourceGroup: z.string().optional().describe('Resource group of its workspace, where the event tells.'),
      workspace: z.string().optional().describe('Its workspace, where the event tells.'),
      tags: z.record(z.string(), z.string()).describe('Tags of the version.'),
      rule: z.string().optional().describe('Rule of triggers.yml that started this run, where one did.'),
      eventId: z.string().optional().describe('The same for every delivery of one event.'),
    },
    async run({ host }, inputs) {
      const event = eventOf(startedBy(), inputs.payload)
      requireWorkspace(event, inputs, (message) => host.log.warning(message))
      const { modelName, modelVersion, tags } = event
      const unlike = Object.entries(inputs.tags).filter(([key, value]) => tags[key] !== value)
      const matched = nameTest(inputs)(modelName) && unlike.length === 0
      const model = `${modelName}:${modelVersion}`
      host.log.info(`${model} was registered; this workflow is ${matched ? '' : 'not '}about it.`)
      await host.summary(`**${model}** was registered${matched ? '' : ', which this workflow is not about'}.`)
      const { subscriptionId, resourceGroup, workspace } = event.workspace ?? {}
      return {
        ...{ matched, model, modelName, modelVersion, tags, rule: event.rule, eventId: event.eventId },
        ...{ subscriptionId, resourceGroup, workspace },
      }
    },
  })
}

function eventOf({ eventName, clientPayload }: StartedBy, payload: string | undefined): ModelRegistered {
  if (payload === undefined && eventName !== 'repository_dispatch')
    throw new InputError(
      `This run was started by ${eventName || 'nothing that is known'}, not by repository_dispatch.`,
      {
        hint: 'Let the workflow listen to `repository_dispatch`, or give the event as `payload`.',
      },
    )
  const read = readModelRegistered(payload === undefined ? clientPayload : json(payload))
  if ('event' in read) return read.event
  throw new InputError(`The event ${read.faults.join(', ')}.`)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InputError('payload is not JSON.', { cause })
  }
}

/** An event of another workspace is no reason to deploy here, whoever sent it. */
function requireWorkspace(
  { workspace: place }: ModelRegistered,
  wanted: {
    readonly subscriptionId: string | undefined
    readonly resourceGroup: string | undefined
    readonly workspace: string | undefined
  },
  warn: (message: string) => void,
): void {
  const parts = (['subscriptionId', 'resourceGroup', 'workspace'] as const).filter((part) => wanted[part] !== undefined)
  if (parts.length > 0 && !place)
    warn('The event does not say which workspace it is of; it is taken for one of the expected workspace.')
  if (place)
    for (const part of parts)
      if (place[part].toLowerCase() !== wanted[part]?.toLowerCase())
        throw new InputError(
          `The event is of the workspace ${place.id}, but this workflow expects ${part === 'workspace' ? 'the workspace' : part === 'resourceGroup' ? 'the resource group' : 'the subscription'} ${wanted[part]}.`,
        )
}
