import test, { type ExecutionContext } from 'ava'
import { Webhook } from 'standardwebhooks'
import { FakeServer } from '../../../fakes/fakeServer.ts'
import { destination, failureOf, orderFor, signal } from './orders.ts'

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`

async function receiver(t: ExecutionContext): Promise<FakeServer> {
  const taken = new Set<string>()
  const server = new FakeServer(({ headers, text }) => {
    try {
      new Webhook(secret).verify(text, { ...headers })
    } catch {
      return { status: 401 }
    }
    // As the agreement asks of receivers: each id counts once.
    taken.add(headers['webhook-id'] ?? '')
    return { status: 202, body: taken.size }
  })
  await server.start()
  t.teardown(() => server.close())
  return server
}

const webhookTo = (server: FakeServer) => ({
  ...{ kind: 'webhook', url: `${server.url}/hook`, secret: { fromEnvironment: 'SECRET' } },
  allowPrivateAddresses: true,
})

test('the official library takes our signature, and the order sent twice has one id', async (t) => {
  const server = await receiver(t)
  const ship = destination(t, webhookTo(server), { SECRET: secret })
  t.like(ship, { takesKey: true, canFind: false })
  await ship.start(orderFor('7'), signal)
  await ship.start(orderFor('7'), signal)
  await ship.start(orderFor('8'), signal)
  t.deepEqual(
    server.exchanges.map(({ answer }) => answer),
    [1, 1, 2],
  )
})

test('another secret is refused for good, and a receiver in trouble is tried again after its own time', async (t) => {
  const server = await receiver(t)
  const forged = destination(t, webhookTo(server), { SECRET: `whsec_${Buffer.from('another').toString('base64')}` })
  t.like(await failureOf(t, forged.start(orderFor('7'), signal)), { certain: true, permanent: true })
  const ship = destination(t, webhookTo(server), { SECRET: secret })
  const fail = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    server.fail({ method: 'POST', path: /hook$/, when: 'before', how: { status, headers } })
  fail(429, { 'retry-after': '17' })
  t.like(await failureOf(t, ship.start(orderFor('7'), signal)), {
    ...{ certain: true, permanent: false, retryAfterSeconds: 17 },
  })
  fail(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() })
  const later = await failureOf(t, ship.start(orderFor('7'), signal))
  t.like(later, { certain: false, permanent: false })
  t.true((later.retryAfterSeconds ?? 0) > 80 && (later.retryAfterSeconds ?? 0) < 95)
  fail(410)
  t.like(await failureOf(t, ship.start(orderFor('7'), signal)), { certain: true, permanent: true })
})

test('what a receiver says cannot command the log, and a long answer is cut', async (t) => {
  const server = await receiver(t)
  const ship = destination(t, webhookTo(server), { SECRET: secret })
  const message = `no\n##vso[task.setvariable variable=x]y\r\n::set-output name=x::y\u001b[2J${'z'.repeat(5000)}`
  server.fail({ method: 'POST', path: /hook$/, when: 'before', how: { status: 422, body: { message } } })
  const failure = await failureOf(t, ship.start(orderFor('7'), signal))
  for (const text of ['##vso', '\u001b', '\n']) t.false(failure.message.includes(text))
  t.true(failure.message.length < 600)
})

test('a secret that is no secret of Standard Webhooks is told without being shown', async (t) => {
  const server = await receiver(t)
  const ship = destination(t, webhookTo(server), { SECRET: 'not base64 at all!' })
  const failure = await failureOf(t, ship.start(orderFor('7'), signal))
  t.true(failure.certain)
  t.notRegex(failure.message, /not base64 at all/)
  t.is(server.exchanges.length, 0)
})
