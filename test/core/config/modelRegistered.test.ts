import test from 'ava'
import { readModelRegistered } from '../../../core/config/modelRegistered.ts'
import { orderPayload } from '../../../core/trigger/destinations/orderPayload.ts'

const workspace =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/models/providers/Microsoft.MachineLearningServices/workspaces/ml-production'
const type = 'Microsoft.MachineLearningServices.ModelRegistered'
const inPascalCase = {
  ModelName: 'risk',
  ModelVersion: 7,
  ModelTags: { stage: 'ready', score: 3 },
  ModelProperties: null,
}
const place = {
  id: workspace,
  subscriptionId: '00000000-0000-4000-8000-000000000001',
  resourceGroup: 'models',
  workspace: 'ml-production',
}

test('what the product dispatches is read back as what was ordered', (t) => {
  const tags = { stage: 'ready' }
  const payload = orderPayload({
    ...{ idempotencyKey: 'key-1', rule: 'to-production', destination: 'ship', workspaceId: workspace },
    model: { name: 'risk', version: '7', id: `${workspace}/models/risk/versions/7`, tags, properties: { a: 'b' } },
    registeredAt: '2026-11-27T00:00:00Z',
  })
  t.true(Object.keys(payload).length <= 10, 'GitHub takes ten.')
  t.deepEqual(readModelRegistered(payload), {
    event: {
      ...{ eventId: 'key-1', modelName: 'risk', modelVersion: '7', workspace: place, tags, properties: { a: 'b' } },
      rule: 'to-production',
    },
  })
})

test("Event Grid's schema, that of CloudEvents and what the old function passed on are the same event", (t) => {
  const common = { modelName: 'risk', modelVersion: '7', tags: { stage: 'ready', score: '3' }, properties: {} }
  const subject = 'models/risk:7'
  for (const [payload, eventId, from] of [
    [{ id: '1', topic: workspace, subject, eventType: type, eventTime: 'x', data: inPascalCase }, '1', place],
    [{ id: '2', source: workspace, subject, type, specversion: '1.0', data: inPascalCase }, '2', place],
    [{ data: inPascalCase, 'unit ': '' }, undefined, undefined],
    [inPascalCase, undefined, undefined],
  ] as const)
    t.deepEqual(readModelRegistered(payload), { event: { ...common, eventId, workspace: from, rule: undefined } })
})

test('names that Azure ML does not allow are faults, and so are other events', (t) => {
  const faultsOf = (payload: unknown) => {
    const read = readModelRegistered(payload)
    return 'faults' in read ? read.faults.join('; ') : undefined
  }
  for (const ModelName of ['$(curl evil.example)', 'a"; rm -rf / #', '', undefined, { a: 1 }, 'a\nb', '`id`'])
    t.regex(faultsOf({ data: { ...inPascalCase, ModelName } }) ?? '', /model name/, String(ModelName))
  t.regex(faultsOf({ data: { ...inPascalCase, ModelVersion: '1 && id' } }) ?? '', /model version/)
  t.regex(faultsOf({ type: 'Microsoft.MachineLearningServices.RunCompleted', data: {} }) ?? '', /RunCompleted/)
  t.regex(faultsOf({ topic: '/subscriptions/x', data: inPascalCase }) ?? '', /not of an Azure/)
  for (const payload of [undefined, null, 'text', [], {}, { data: [] }]) t.truthy(faultsOf(payload))
})
