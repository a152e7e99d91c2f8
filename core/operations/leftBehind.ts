import { z } from 'zod'
import { endpointName } from '../config/names.ts'
import { checkedText } from '../inputs.ts'
import { type Context, defineOperation } from '../operation.ts'
import { type Journal, journalIn } from '../rollout/journal.ts'
import { cell } from '../rollout/probes.ts'
import { trafficText } from '../rollout/traffic.ts'
import type { Deployment } from '../workspace/deployment.ts'
import type { Endpoint } from '../workspace/endpoint.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

/**
 * What a host asks after a run that was stopped while it brought a version into service: read from Azure as it is now,
 * because the run itself could say nothing more. Users do not call it, so it is not among the operations.
 */
export const leftBehind = defineOperation({
  name: 'left-behind',
  title: 'What the stopped run left behind',
  summary: 'Tell whether a rollout is under way at a service, what serves, and how it is finished.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service that the run was about.'),
    target: serviceTarget,
  },
  outputs: { unfinished: z.boolean().describe('Whether a rollout waits to be finished or taken back.') },
  async run(context, { service, target }) {
    const onEndpoint = target === 'auto' || target === 'managed' || target === 'aks'
    const endpoint = onEndpoint ? await context.workspace.endpoints.get(service) : undefined
    if (!endpoint) return elsewhere(context, service, target)
    const deployments: Deployment[] = []
    for await (const deployment of context.workspace.deployments.list(service)) deployments.push(deployment)
    const journal = journalIn(endpoint.tags)
    const said = journal ? underWay({ endpoint, deployments, journal }) : nothingUnderWay(endpoint)
    if (journal) context.host.log.warning(said)
    else context.host.log.info(said)
    await context.host.summary(summary({ endpoint, deployments, journal, said }))
    return { unfinished: journal !== undefined }
  },
})

/** Other targets keep no journal; what is there is all that can be told. */
async function elsewhere(context: Context, service: string, word: Parameters<typeof targetOf>[1]) {
  const target = await targetOf(context, word)
  const status = await target.status(service)
  const said = status
    ? `The service "${service}" is there (${status.state}) and serves ${models(status.models)}. Run again with the same inputs to have it as they say.`
    : `There is no service "${service}": the run was stopped before it made one.`
  context.host.log.info(said)
  await context.host.summary(`### ${service}: the run was stopped\n\n${said}`)
  return { unfinished: false }
}

function models(served: readonly { readonly name: string; readonly version: string }[]): string {
  return served.map(({ name, version }) => `${name}:${version}`).join(', ') || 'nothing'
}

function nothingUnderWay({ name, traffic, provisioningState }: Endpoint): string {
  return `No rollout is under way at "${name}" (${provisioningState}); traffic: ${trafficText(traffic)}. Run again with the same inputs to have it as they say.`
}

function underWay({ endpoint, deployments, journal }: Look & { readonly journal: Journal }): string {
  const { candidate, previous, phase, leaseExpiresAt, reason } = journal
  const state = deployments.find(({ name }) => name === candidate)?.provisioningState ?? 'not there yet'
  const going =
    phase === 'rolling'
      ? `The rollout of "${candidate}" (${state}) at "${endpoint.name}" is not finished.`
      : `"${candidate}" (${state}) was being taken back at "${endpoint.name}"${reason ? `, because: ${reason}` : '.'}`
  const finish =
    phase === 'rolling'
      ? 'Run again with the same inputs: it goes on from there and finishes.'
      : 'Run again with the same inputs: what served before is restored.'
  const until = new Date(leaseExpiresAt).toISOString()
  return [
    going,
    `Traffic now: ${trafficText(endpoint.traffic)}; before it began: ${trafficText(previous)}.`,
    finish,
    `A run that wants something else waits until ${until}, or takes it over (take-over).`,
  ].join(' ')
}

interface Look {
  readonly endpoint: Endpoint
  readonly deployments: readonly Deployment[]
}

function summary({
  endpoint,
  deployments,
  journal,
  said,
}: Look & { readonly journal: Journal | undefined; readonly said: string }): string {
  const { candidate } = journal ?? {}
  const isMissing = candidate !== undefined && deployments.every(({ name }) => name !== candidate)
  const states = [...deployments, ...(isMissing ? [{ name: candidate, provisioningState: 'not there yet' }] : [])]
  const rows = states.map(
    ({ name, provisioningState }) =>
      `| ${cell(name)}${name === candidate ? ' (new)' : ''} | ${provisioningState} | ${endpoint.traffic[name] ?? 0} % | ${journal ? `${journal.previous[name] ?? 0} %` : ''} |`,
  )
  return [
    `### ${endpoint.name}: the run was stopped`,
    '',
    `> [!${journal ? 'WARNING' : 'NOTE'}]`,
    `> ${cell(said)}`,
    '',
    '| Deployment | State | Traffic now | Before |',
    '|---|---|--:|--:|',
    ...rows,
  ].join('\n')
}
