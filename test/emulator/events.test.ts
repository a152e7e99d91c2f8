import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { Client } from './client.ts'
import { Receiver } from './receiver.ts'
import { until } from './until.ts'

interface World {
  readonly emulator: Emulator
  readonly client: Client
  readonly receiver: Receiver
  readonly location: string
}

async function world(t: ExecutionContext, options: EmulatorOptions = {}): Promise<World> {
  const location = mkdtempSync(join(tmpdir(), 'emulator-events-'))
  t.teardown(() => rmSync(location, { recursive: true, force: true }))
  const receiver = await Receiver.start()
  const emulator = await createEmulator({
    ...{ runtime: 'process', blobs: false, location, eventRetrySeconds: [0.02] },
    ...options,
  })
  const client = new Client(emulator)
  t.teardown(async () => {
    await client.close()
    await emulator.close()
    await receiver.close()
  })
  return { emulator, client, receiver, location }
}

const nothing: IncomingHttpHeaders = {}

function subscribe({ client, receiver }: World, properties: Record<string, unknown> = {}) {
  return client.arm('PUT', 'providers/Microsoft.EventGrid/eventSubscriptions/watcher', {
    properties: { destination: { endpointType: 'WebHook', properties: { endpointUrl: receiver.url } }, ...properties },
  })
}

async function subscribed(one: World, properties: Record<string, unknown> = {}): Promise<void> {
  const { status } = await one.client.finished(await subscribe(one, properties))
  if (status !== 'Succeeded') throw new Error(`The subscription is ${status}.`)
}

const register = ({ client }: World, version: string, name = 'diabetes') =>
  client.arm('PUT', `models/${name}/versions/${version}`, {
    properties: {
      modelUri: 'azureml://datastores/workspaceblobstore/paths/x',
      tags: { area: 'diabetes' },
      properties: { type: 'test' },
    },
  })

function sample(schema: string): Record<string, unknown> | undefined {
  const file = resolve(`../shared/specs/event-grid/samples/${schema}/model_registered.json`)
  if (!existsSync(file)) return undefined
  const [first] = z.array(z.record(z.string(), z.unknown())).parse([JSON.parse(readFileSync(file, 'utf8'))].flat())
  return first
}

test('a webhook that agrees is told of every new model version, as Event Grid tells it', async (t) => {
  const one = await world(t)
  await subscribed(one)
  t.is(one.receiver.handshakes.length, 1)
  await register(one, '20')
  await register(one, '20')
  await until(() => one.receiver.received.length > 0)
  t.is(one.receiver.received.length, 1)
  const [{ headers, body } = { headers: nothing, body: undefined }] = one.receiver.received
  t.is(headers['aeg-event-type'], 'Notification')
  t.is(headers['aeg-subscription-name'], 'WATCHER')
  t.like(body, [
    {
      topic: one.client.workspace,
      subject: 'models/diabetes:20',
      eventType: 'Microsoft.MachineLearningServices.ModelRegistered',
      data: {
        ModelName: 'diabetes',
        ModelVersion: 20,
        ModelTags: { area: 'diabetes' },
        ModelProperties: { type: 'test' },
      },
      dataVersion: '',
      metadataVersion: '1',
    },
  ])
  const published = sample('event-grid-schema')
  const [event] = z.array(z.record(z.string(), z.unknown())).parse(body)
  if (published) t.deepEqual(Object.keys(event ?? {}).sort(), Object.keys(published).sort())
})

test('CloudEvents are asked for by OPTIONS and come one by one', async (t) => {
  const one = await world(t)
  await subscribed(one, { eventDeliverySchema: 'CloudEventSchemaV1_0' })
  t.is(one.receiver.handshakes[0]?.method, 'OPTIONS')
  t.is(one.receiver.handshakes[0]?.headers['webhook-request-origin'], 'eventgrid.azure.net')
  await register(one, '1')
  await until(() => one.receiver.received.length === 1)
  const [{ headers, body } = { headers: nothing, body: undefined }] = one.receiver.received
  t.regex(headers['content-type'] ?? '', /^application\/cloudevents\+json/)
  t.like(body, { specversion: '1.0', source: one.client.workspace, subject: 'models/diabetes:1' })
  const published = sample('cloud-events-schema')
  if (published) t.deepEqual(Object.keys(Object(body)).sort(), Object.keys(published).sort())
})

test('a webhook that does not agree gets no subscription, one that follows the address later does', async (t) => {
  const one = await world(t)
  one.receiver.agrees = false
  const begun = await subscribe(one)
  t.is(begun.status, 201)
  await until(() => one.receiver.handshakes.length === 1)
  t.like((await one.client.arm('GET', 'providers/Microsoft.EventGrid/eventSubscriptions/watcher')).body, {
    properties: { provisioningState: 'Creating' },
  })
  const [event] = z
    .array(z.object({ data: z.object({ validationUrl: z.string() }) }))
    .parse(one.receiver.handshakes[0]?.body)
  t.is((await one.client.send('GET', event?.data.validationUrl ?? '')).status, 200)
  t.like(await one.client.finished(begun), { status: 'Succeeded' })

  await one.receiver.close()
  const refused = await one.client.arm('PUT', 'providers/Microsoft.EventGrid/eventSubscriptions/other', {
    properties: {
      destination: { endpointType: 'WebHook', properties: { endpointUrl: 'http://127.0.0.1:9/nobody' } },
    },
  })
  const { status, error } = await one.client.finished(refused)
  t.is(status, 'Failed')
  t.like(error, { code: 'Url validation' })
  const elsewhere = await one.client.arm('PUT', 'providers/Microsoft.EventGrid/eventSubscriptions/plain', {
    properties: { destination: { endpointType: 'WebHook', properties: { endpointUrl: 'http://example.com/' } } },
  })
  t.is(elsewhere.status, 400)
  one.emulator.faults.clear()
})

test('what a webhook does not take is brought again, and in the end put aside with the reason', async (t) => {
  const one = await world(t)
  await subscribed(one, { retryPolicy: { maxDeliveryAttempts: 3 } })
  one.receiver.behaviour = (_, count) => (count <= 2 ? { status: 503 } : undefined)
  await register(one, '1')
  await until(() => one.receiver.received.length === 3)
  t.deepEqual(
    one.receiver.received.map(({ headers }) => headers['aeg-delivery-count']),
    ['0', '1', '2'],
  )
  const folder = join(one.location, 'dead-letters', 'watcher')
  t.false(existsSync(folder))

  one.receiver.behaviour = () => ({ status: 503 })
  await register(one, '2')
  await until(() => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')))
  one.receiver.behaviour = () => ({ status: 400 })
  await register(one, '3')
  await until(() => readdirSync(folder).filter((name) => name.endsWith('.json')).length === 2)
  const letters = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  t.deepEqual(
    letters
      .map(({ subject, deliveryAttempts, deadLetterReason }) => [subject, deliveryAttempts, deadLetterReason])
      .sort(),
    [
      ['models/diabetes:2', 3, 'The webhook answered 503.'],
      ['models/diabetes:3', 1, 'The webhook answered 400.'],
    ],
  )
})

test('events are filtered by type, subject and data', async (t) => {
  const one = await world(t)
  await subscribed(one, {
    filter: {
      includedEventTypes: ['Microsoft.MachineLearningServices.ModelRegistered'],
      subjectBeginsWith: 'Models/diabetes',
      advancedFilters: [{ operatorType: 'StringIn', key: 'data.ModelTags.area', values: ['Diabetes'] }],
    },
  })
  await register(one, '1', 'weather')
  await one.client.arm('PUT', 'models/diabetes/versions/1', { properties: { modelUri: 'azureml://datastores/x' } })
  await register(one, '2')
  await until(() => one.receiver.received.length > 0)
  t.deepEqual(one.receiver.subjects, ['models/diabetes:2'])
})

test('events are lost, repeated and reordered when told to', async (t) => {
  const one = await world(t)
  await subscribed(one)
  one.emulator.faults.events.add({ match: { subject: ':1$' }, effect: 'lost' })
  one.emulator.faults.events.add({ match: { subject: ':2$' }, effect: 'repeated', times: 1 })
  const headers = { 'x-azureml-cd-emulator-token': one.emulator.controlToken, 'content-type': 'application/json' }
  const rule = JSON.stringify({ match: { subject: ':3$' }, effect: 'reordered' })
  t.is((await one.client.send('POST', '/_emulator/event-faults', { headers, text: rule })).status, 201)
  for (const version of ['1', '2']) await register(one, version)
  await until(() => one.receiver.received.length === 2)
  for (const version of ['3', '4']) await register(one, version)
  await until(() => one.receiver.received.length === 4)
  t.deepEqual(
    one.receiver.subjects.map((subject) => subject.slice(-1)),
    ['2', '2', '4', '3'],
  )
})

test('an event that nobody took yet is brought after a restart', async (t) => {
  const one = await world(t, { eventRetrySeconds: [3600] })
  await subscribed(one)
  one.receiver.behaviour = () => ({ status: 503 })
  await register(one, '1')
  await until(() => one.receiver.received.length === 1)
  await one.emulator.close()
  one.receiver.behaviour = () => undefined
  const state = join(one.location, 'state.jsonl')
  // An hour has passed, as far as the delivery is concerned.
  writeFileSync(state, readFileSync(state, 'utf8').replace(/"dueAt":"[^"]+"/g, '"dueAt":"2020-01-01T00:00:00.000Z"'))
  const again = await createEmulator({ runtime: 'process', blobs: false, location: one.location })
  t.teardown(() => again.close())
  await until(() => one.receiver.received.length === 2)
  t.deepEqual(one.receiver.subjects, ['models/diabetes:1', 'models/diabetes:1'])
})

test('the address of a webhook, which may hold a secret, is told whole by its own operation only', async (t) => {
  const one = await world(t)
  await subscribed(one)
  const at = 'providers/Microsoft.EventGrid/eventSubscriptions/watcher'
  t.notRegex(JSON.stringify((await one.client.arm('GET', at)).body), /secret/)
  t.like((await one.client.arm('POST', `${at}/getFullUrl`)).body, { endpointUrl: one.receiver.url })
  await one.client.finished(await one.client.arm('DELETE', at))
  t.is((await one.client.arm('GET', at)).status, 404)
  await register(one, '1')
  await new Promise((settle) => setImmediate(settle))
  t.deepEqual(one.receiver.received, [])
})
