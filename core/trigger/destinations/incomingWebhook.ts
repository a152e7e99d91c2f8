import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import type { Destination } from '../destination.ts'
import { serviceAddress } from './azureDevOps.ts'
import { sendHashed } from './hashedWebhook.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Fires the Incoming WebHook service connection that a pipeline's `resources.webhooks` listens to. Azure DevOps tells
 * neither which run came of it nor whether one did.
 */
export function incomingWebhook(
  config: DestinationConfigOf<'incoming-webhook'>,
  surroundings: Surroundings,
): Destination {
  const { organization, webhook, secret, header = 'X-Hub-Signature' } = config
  const url = `${serviceAddress(organization, 'pipelines')}/_apis/public/distributedtask/webhooks/${webhook}?api-version=6.0-preview`
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: false,
    takesKey: false,
    start: (order, signal) =>
      sendHashed({
        ...{ order, secret, header, surroundings, signal },
        url: async () => url,
        doing: `firing the incoming webhook "${webhook}"`,
      }),
    find: async () => undefined,
  }
}
