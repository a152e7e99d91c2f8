import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import test from 'ava'
import { gridEvent, key, post, topic, world } from './world.ts'

const signedBy = (headers: Readonly<Record<string, string>>) => ({ 'x-azureml-cd-key': key, ...headers })

function sample(schema: string): Record<string, unknown> | undefined {
  const file = resolve(`../shared/specs/event-grid/samples/${schema}/model_registered.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

test('a model that is registered becomes a wake-up on disk before the answer', async (t) => {
  const { relay, stored } = await world(t)
  const answer = await relay.fetch(post('/events', [gridEvent(20)]))
  t.is(answer.status, 200)
  t.like(await stored(), [
    {
      workspaceId: topic,
      model: 'diabetes',
      version: '20',
      source: 'event-grid',
      eventId: `event-20@${topic.toLowerCase()}`,
    },
  ])
})

test('both envelopes and both spellings of the data are read, as lists and alone', async (t) => {
  const { relay, stored } = await world(t)
  const data = { modelName: 'camel', modelVersion: '3', modelTags: {}, modelProperties: {} }
  const cloudEvent = {
    ...{ specversion: '1.0', id: 'c1', source: topic, subject: 'models/camel:3', time: '2026-11-27T05:00:00Z', data },
    type: 'Microsoft.MachineLearningServices.ModelRegistered',
  }
  const type = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
  t.is((await relay.fetch(post('/events', cloudEvent, signedBy(type)))).status, 200)
  t.is(
    (await relay.fetch(post('/events', [{ ...cloudEvent, id: 'c2', data: { ...data, modelVersion: '4' } }]))).status,
    200,
  )
  t.is((await relay.fetch(post('/events', gridEvent('v5.1')))).status, 200)
  t.is((await relay.fetch(post('/events', [gridEvent(7, { data: {} })]))).status, 200)
  t.deepEqual(
    (await stored()).map(({ model, version }) => `${model}:${version}`),
    ['camel:3', 'camel:4', 'diabetes:v5.1', 'diabetes:7'],
  )
})

test("Microsoft's own samples are taken in both envelopes", async (t) => {
  const samples = [sample('event-grid-schema'), sample('cloud-events-schema')].filter((one) => one !== undefined)
  if (samples.length === 0) {
    t.pass('the samples are not beside this checkout')
    return
  }
  const { relay, stored } = await world(t)
  for (const [index, one] of samples.entries()) {
    t.is((await relay.fetch(post('/events', [{ ...one, id: `sample-${index}` }]))).status, 200)
    t.is((await relay.fetch(post('/events', { ...one, id: `alone-${index}` }))).status, 200)
  }
  t.deepEqual(
    [...new Set((await stored()).map(({ model, version }) => `${model}:${version}`))],
    ['sklearn_regression_model:20'],
  )
  t.is((await stored()).length, 2 * samples.length)
})

test('the same event twice is one wake-up', async (t) => {
  const { relay, stored } = await world(t)
  const answers = await Promise.all([1, 2, 3].map(() => relay.fetch(post('/events', [gridEvent(1)]))))
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  t.is((await stored()).length, 1)
})

test("Event Grid's handshake is answered with its code, and its address is never asked for", async (t) => {
  const { relay } = await world(t, { AZUREML_CD_RELAY_KEY: key, AZUREML_CD_RELAY_WORKSPACES: topic })
  const fetched: unknown[] = []
  const real = globalThis.fetch
  globalThis.fetch = async (input) => {
    fetched.push(input)
    return new Response()
  }
  t.teardown(() => {
    globalThis.fetch = real
  })
  const validation = (of: string) => [
    {
      ...{ id: 'v', topic: of, subject: '', eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent' },
      eventTime: '2026-11-27T05:00:00Z',
      data: { validationCode: 'code-1', validationUrl: 'https://attacker.example/validate' },
    },
  ]
  const answer = await relay.fetch(
    post('/events', validation(topic), signedBy({ 'aeg-event-type': 'SubscriptionValidation' })),
  )
  t.is(answer.status, 200)
  t.deepEqual(await answer.json(), { validationResponse: 'code-1' })
  t.is((await relay.fetch(post('/events', validation(`${topic}2`)))).status, 403)
  t.is((await relay.fetch(post('/events', validation(topic), {}))).status, 401)
  t.deepEqual(fetched, [])
})

test("CloudEvents' handshake is answered for Event Grid and for nobody else", async (t) => {
  const { relay } = await world(t)
  const ask = (origin: string) =>
    relay.fetch(
      new Request('http://relay.example/events', {
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': origin, 'webhook-request-callback': 'https://attacker.example/' },
      }),
    )
  const answer = await ask('eventgrid.azure.net')
  t.is(answer.status, 200)
  t.is(answer.headers.get('webhook-allowed-origin'), 'eventgrid.azure.net')
  t.is((await ask('attacker.example')).status, 403)
})

test('what is of another workspace, of another type, or names no model, is left and answered', async (t) => {
  const { relay, stored, lines } = await world(t, {
    AZUREML_CD_RELAY_KEY: key,
    AZUREML_CD_RELAY_WORKSPACES: topic.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
    AZUREML_CD_RELAY_STATUS_TOKEN: 'a-token-of-the-page',
  })
  const events = [
    gridEvent(1, { topic: `${topic}-other` }),
    gridEvent(2, { eventType: 'Microsoft.MachineLearningServices.RunCompleted' }),
    gridEvent(3, { subject: 'models/$(id):3', data: { ModelName: '$(id)##vso[task.complete]\u001b[2J' } }),
    { neither: 'envelope' },
    gridEvent(4),
  ]
  t.is((await relay.fetch(post('/events', events))).status, 200)
  t.deepEqual(
    (await stored()).map(({ version }) => version),
    ['4'],
  )
  const { text } = await relay.metrics.text()
  for (const outcome of ['accepted', 'another_type', 'another_workspace'])
    t.true(text.includes(`azureml_cd_relay_events_total{source="event-grid",outcome="${outcome}"} 1\n`), outcome)
  t.true(text.includes('azureml_cd_relay_events_total{source="event-grid",outcome="unreadable"} 2\n'))
  t.false(lines.join('\n').includes('##vso'))
})

test('a store in trouble is answered with 503, never with a code that Event Grid gives up on', async (t) => {
  const failing = {
    put: async () => {
      throw new Error('No space left on device')
    },
    take: async () => [],
    done: async () => undefined,
  }
  const { relay, lines } = await world(t, undefined, { wakeUps: failing })
  const answer = await relay.fetch(post('/events', [gridEvent(1)]))
  t.is(answer.status, 503)
  t.is(answer.headers.get('retry-after'), '10')
  t.notRegex(await answer.text(), /device/)
  t.regex(lines.join('\n'), /No space left/)
  t.is((await relay.fetch(post('/events', [gridEvent(1, { eventType: 'x' })]))).status, 200)
})

test('a host that was handed events by Azure itself stores them the same way', async (t) => {
  const { relay, stored } = await world(t)
  await relay.takeEvents([
    {
      id: 'e',
      topic,
      subject: 'models/diabetes:9',
      type: 'Microsoft.MachineLearningServices.ModelRegistered',
      data: {},
    },
  ])
  t.like(await stored(), [{ model: 'diabetes', version: '9' }])
})
