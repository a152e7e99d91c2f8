import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'
import { subscriptionProperties } from '../events/eventGrid.ts'
import { Webhook } from '../events/webhook.ts'
import type { Bag } from '../state/records.ts'
import { checkAssetName } from './names.ts'
import { pagesOf } from './operationPages.ts'
import type { TrackedKind } from './tracked/trackedRoutes.ts'
import { type WorkspaceParts, workspacePath, workspaceRoute } from './workspaceParts.ts'

/** Event Grid's subscriptions to the workspace. One is made once its webhook has agreed. */
export function eventSubscriptionKind({ identity, state, handshakes }: WorkspaceParts): TrackedKind {
  const { eventSubscriptions } = state.tracked
  return {
    collection: eventSubscriptions,
    route: `${workspaceRoute}/providers/Microsoft.EventGrid/eventSubscriptions`,
    type: 'Microsoft.EventGrid/eventSubscriptions',
    scope: 'rp',
    pages: pagesOf('Microsoft.EventGrid'),
    isLocated: false,
    missing: (name) =>
      new ArmError({
        status: 404,
        code: 'ResourceNotFound',
        message: `Event subscription doesn't exist: ${name}.`,
      }),
    check: ({ name, body }) => {
      checkAssetName(name)
      const parsed = subscriptionProperties.safeParse(body.properties)
      if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
      const fault = Webhook.fault(parsed.data.destination.properties.endpointUrl)
      if (fault !== undefined) throw badRequest(fault)
      return parsed.data
    },
    run: async (key, signal) => {
      const record = eventSubscriptions.get(key)
      const { destination, eventDeliverySchema } = subscriptionProperties.parse(
        record?.pending?.properties ?? record?.properties,
      )
      await handshakes.shake({
        url: destination.properties.endpointUrl,
        schema: eventDeliverySchema,
        topic: workspacePath(identity),
        subscription: key,
        signal,
      })
    },
    // The address may hold a secret: only `getFullUrl` tells it whole.
    properties: ({ properties, provisioningState }): Bag => {
      const { destination, retryPolicy, ...rest } = subscriptionProperties.parse(properties)
      const { endpointUrl, ...more } = destination.properties
      const { origin, pathname } = new URL(endpointUrl)
      return {
        topic: workspacePath(identity),
        labels: [],
        ...rest,
        destination: {
          endpointType: 'WebHook',
          properties: {
            maxEventsPerBatch: 1,
            preferredBatchSizeInKilobytes: 64,
            ...more,
            endpointBaseUrl: origin + pathname,
          },
        },
        retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440, ...retryPolicy },
        provisioningState,
      }
    },
    updateStatus: 201,
    patch: 'none',
    delete: 'operation',
  }
}
