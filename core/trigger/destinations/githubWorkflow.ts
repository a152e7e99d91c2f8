import { z } from 'zod'
import type { DestinationConfigOf } from '../../config/destinationSchema.ts'
import type { Destination } from '../destination.ts'
import { checkedOrder } from './checkedOrder.ts'
import { fillTemplates } from './fillTemplate.ts'
import { GitHub } from './github.ts'
import { findRun, runState } from './githubRuns.ts'
import type { Surroundings } from './surroundings.ts'

/** What GitHub answers where it knows `return_run_details`; older servers answer 204 without a body. */
const runDetails = z.object({ workflow_run_id: z.number(), html_url: z.string() })

/** Runs one workflow with inputs that it declares, and is told which run that is. */
export function githubWorkflow(
  config: DestinationConfigOf<'github-workflow'>,
  surroundings: Surroundings,
): Destination {
  const github = new GitHub(config, surroundings)
  const place = { event: 'workflow_dispatch', workflow: config.workflow } as const
  return {
    kind: config.kind,
    name: surroundings.name,
    canFind: config.runNameHoldsKey === true,
    takesKey: false,
    async start(given, signal) {
      const order = checkedOrder(given)
      const { data } = await github.call({
        doing: `running the workflow ${config.workflow} of ${github.owner}/${github.repo}`,
        permissions: { actions: 'write' },
        signal,
        make: (client) =>
          client('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
            ...{ owner: github.owner, repo: github.repo, workflow_id: config.workflow },
            ref: config.ref,
            inputs: { ...fillTemplates(config.inputs ?? {}, order) },
            return_run_details: true,
          }),
      })
      const details = runDetails.safeParse(data)
      return details.success
        ? { id: String(details.data.workflow_run_id), url: details.data.html_url }
        : { id: `key:${order.idempotencyKey}` }
    },
    async find(given, signal) {
      if (config.runNameHoldsKey !== true) return undefined
      return await findRun({ github, place, order: checkedOrder(given), signal })
    },
    state: (started, signal) => runState({ github, started, signal }),
  }
}
