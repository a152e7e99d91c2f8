import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import type { Destination } from '../destination.ts'
import { checkedOrder } from './checkedOrder.ts'
import { GitHub } from './github.ts'
import { findRun, runState } from './githubRuns.ts'
import { orderPayload } from './orderPayload.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Starts every workflow of a repository's default branch that listens to a `repository_dispatch` of this type. GitHub
 * answers 204 and no run; the run is found when its `run-name` holds `github.event.client_payload.id`.
 */
export function githubDispatch(
  config: DestinationConfigOf<'github-dispatch'>,
  surroundings: Surroundings,
): Destination {
  const github = new GitHub(config, surroundings)
  const place = { event: 'repository_dispatch' } as const
  const eventType = config.eventType ?? 'model-registered'
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: config.runNameHoldsKey === true,
    takesKey: false,
    async start(given, signal) {
      const order = checkedOrder(given)
      await github.call({
        doing: `dispatching "${eventType}" to ${github.owner}/${github.repo}`,
        permissions: { contents: 'write' },
        signal,
        make: (client) =>
          client('POST /repos/{owner}/{repo}/dispatches', {
            ...{ owner: github.owner, repo: github.repo },
            event_type: eventType,
            client_payload: { ...orderPayload(order) },
          }),
      })
      const webHost = new URL(config.api ?? 'https://github.com').host
      return {
        id: `key:${order.idempotencyKey}`,
        url: `https://${webHost}/${github.owner}/${github.repo}/actions?query=event%3Arepository_dispatch`,
      }
    },
    async find(given, signal) {
      if (config.runNameHoldsKey !== true) return undefined
      return await findRun({ github, place, order: checkedOrder(given), signal })
    },
    state: (started, signal) => runState({ github, started, signal }),
  }
}
