import test from 'ava'
import { createEmulator } from '../../emulator/index.ts'
import { serve } from '../../relay/hosts/serve.ts'
import { Client } from '../emulator/client.ts'
import { until } from '../emulator/until.ts'
import { key, world } from './world.ts'

for (const schema of ['EventGridSchema', 'CloudEventSchemaV1_0'])
  test(`a subscription of the embedded workspace is agreed to and delivered to the relay (${schema})`, async (t) => {
    const emulator = await createEmulator({ runtime: 'process', blobs: false, eventRetrySeconds: [0.1] })
    t.teardown(() => emulator.close())
    const client = new Client(emulator)
    t.teardown(() => client.close())
    const { relay, stored } = await world(t, {
      AZUREML_CD_RELAY_KEY: key,
      AZUREML_CD_RELAY_WORKSPACES: client.workspace,
    })
    let trouble = 2
    const shaky = {
      // The first deliveries meet a relay in trouble, and come again.
      fetch: async (request: Request) => {
        if (
          request.method === 'POST' &&
          !request.headers.get('aeg-event-type')?.includes('Validation') &&
          trouble > 0
        ) {
          trouble -= 1
          return new Response(null, { status: 503 })
        }
        return await relay.fetch(request)
      },
    }
    const { url, close } = await serve({ relay: shaky, host: '127.0.0.1', port: 0 })
    t.teardown(close)
    const subscribe = (endpointUrl: string, name: string) =>
      client.arm('PUT', `providers/Microsoft.EventGrid/eventSubscriptions/${name}`, {
        properties: {
          destination: { endpointType: 'WebHook', properties: { endpointUrl } },
          filter: { includedEventTypes: ['Microsoft.MachineLearningServices.ModelRegistered'] },
          eventDeliverySchema: schema,
        },
      })
    const agreed = await client.finished(await subscribe(`${url}/events?key=${key}`, 'relay'))
    t.is(agreed.status, 'Succeeded')
    for (const version of ['1', '2'])
      await client.arm('PUT', `models/diabetes/versions/${version}`, {
        properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/x', tags: { stage: 'ready' } },
      })
    await until(async () => (await stored()).length === 2)
    t.deepEqual(
      (await stored())
        .map(({ workspaceId, model, version }) => ({ workspaceId, model, version }))
        .toSorted((a, b) => String(a.version).localeCompare(String(b.version))),
      ['1', '2'].map((version) => ({ workspaceId: client.workspace, model: 'diabetes', version })),
    )
    t.is(trouble, 0)
  })
