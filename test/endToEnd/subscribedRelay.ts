import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import type { Emulator } from '../../emulator/index.ts'
import type { Client } from '../emulator/client.ts'
import { until } from '../emulator/until.ts'
import { type RunningRelay, startRelay } from '../relay/runningRelay.ts'
import { key, temporaryFolder } from '../relay/world.ts'

const subscriptionAnswer = z.looseObject({ properties: z.looseObject({ provisioningState: z.string() }) })

/**
 * `azureml-cd relay` in a process of its own, with one rule that starts every version of a model that is ready at one
 * destination, and a subscription of the workspace's that Event Grid delivers to it.
 */
export async function subscribedRelay(
  t: ExecutionContext,
  options: {
    readonly emulator: Emulator
    readonly client: Client
    readonly model: string
    /** The destination, as triggers.yml has it. */
    readonly destination: Readonly<Record<string, unknown>>
    /** What the destination's secrets are read from. */
    readonly environment: Readonly<Record<string, string>>
  },
): Promise<RunningRelay> {
  const { emulator, client, model, destination } = options
  const folder = temporaryFolder(t)
  const file = join(folder, 'triggers.yml')
  const rule = { name: 'to-production', model, order: 'every', since: '2020-01-01', tags: { stage: 'ready' } }
  // JSON is YAML.
  const rules = {
    workspaces: [{ name: 'team', id: client.workspace, cloud: emulator.url }],
    rules: [{ ...rule, destinations: ['ship'] }],
    destinations: { ship: { ...destination, allowPrivateAddresses: true } },
  }
  writeFileSync(file, JSON.stringify(rules, undefined, 2))
  const relay = await startRelay(t, ['--file', file, '--ledger', join(folder, 'ledger')], {
    ...{ AZURE_TENANT_ID: emulator.tenantId, AZURE_CLIENT_ID: emulator.clientId },
    ...{ AZURE_CLIENT_SECRET: emulator.clientSecret, NODE_EXTRA_CA_CERTS: emulator.caFile },
    AZUREML_CD_RELAY_KEY: key,
    ...options.environment,
  })
  const subscription = 'providers/Microsoft.EventGrid/eventSubscriptions/relay'
  await client.arm('PUT', subscription, {
    properties: {
      destination: { endpointType: 'WebHook', properties: { endpointUrl: `${relay.url}/events?key=${key}` } },
      filter: { includedEventTypes: ['Microsoft.MachineLearningServices.ModelRegistered'] },
    },
  })
  await until(async () => {
    const { body } = await client.arm('GET', subscription)
    return subscriptionAnswer.parse(body).properties.provisioningState === 'Succeeded'
  })
  return relay
}
