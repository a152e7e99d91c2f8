import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { PageSessions, sessionSeconds } from '../../emulator/page/pageSession.ts'
import type { Snapshot } from '../../emulator/page/snapshot.ts'
import { type Answer, Client } from './client.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
  client = new Client(emulator)
})
test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

async function signIn(t: ExecutionContext): Promise<string> {
  const { status, headers } = await client.send('POST', '/_emulator/page/session', {
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    text: JSON.stringify({ token: emulator.controlToken }),
  })
  t.is(status, 204)
  return String(headers['set-cookie']).split(';')[0] ?? ''
}

function ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return client.send('GET', `/_emulator/page/${path}`, { headers })
}

async function snapshot(t: ExecutionContext): Promise<Snapshot> {
  return (await ask('snapshot', { cookie: await signIn(t) })).body as Snapshot
}

test('the page is one document that may run its own script and nothing else', async (t) => {
  const { status, headers, body } = await client.send('GET', '/')
  t.is(status, 200)
  const policy = String(headers['content-security-policy'])
  t.regex(policy, /^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'; connect-src 'self';/)
  t.regex(policy, /require-trusted-types-for 'script'/)
  t.notRegex(policy, /unsafe/)
  const text = z.string().parse(body)
  t.deepEqual(text.match(/(?:src|href)="(?!#|data:)[^"]*"/g), null)
  t.deepEqual(text.match(/<script/g)?.length, 1)
  t.false(text.includes(emulator.controlToken))
})

test('nothing is shown without a session, and a session is not the control token', async (t) => {
  t.is((await ask('snapshot')).status, 401)
  t.is((await ask('logs/a/b/server')).status, 401)
  const cookie = await signIn(t)
  t.is((await ask('snapshot', { cookie })).status, 200)
  t.is((await ask('snapshot', { cookie: `${cookie}x` })).status, 401)
  const other = cookie.replace(/=\d+/, (until) => `=${Number(until.slice(1)) + 1}`)
  t.is((await ask('snapshot', { cookie: other })).status, 401)
  t.is((await client.send('GET', '/_emulator/requests', { headers: { cookie } })).status, 401)
  t.is((await client.send('DELETE', '/_emulator/faults', { headers: { cookie } })).status, 401)
  for (const text of ['{"token":"guessed"}', '{"token":7}', '{}', 'not JSON', ''])
    t.is((await client.send('POST', '/_emulator/page/session', { text })).status, 401, text)
})

test('a session ends after half a day', (t) => {
  let now = 1_000_000
  const sessions = new PageSessions('token', () => now)
  const cookie = sessions.begin('token') ?? ''
  now += sessionSeconds * 1000 - 1
  t.true(sessions.isValid(cookie))
  now += 2
  t.false(sessions.isValid(cookie))
  t.false(new PageSessions('other token', () => 0).isValid(cookie))
})

test('other pages get nothing, not even those of another port of this machine', async (t) => {
  const cookie = await signIn(t)
  for (const from of ['same-site', 'cross-site', 'none'])
    t.is((await ask('snapshot', { cookie, 'sec-fetch-site': from })).status, 403, from)
  t.is((await ask('snapshot', { cookie, 'sec-fetch-site': 'same-origin' })).status, 200)
})

test('whatever else a browser opens here has no rights of the page', async (t) => {
  const headers = { 'sec-fetch-mode': 'navigate' }
  t.is((await client.send('GET', '/endpoints/churn/score', { headers })).headers['content-security-policy'], 'sandbox')
  t.not((await client.send('GET', '/', { headers })).headers['content-security-policy'], 'sandbox')
  t.is((await client.send('GET', '/endpoints/churn/score')).headers['content-security-policy'], undefined)
})

test('of very many models and versions the newest are sent, and texts of any length are cut', async (t) => {
  const put = (name: string, version: number): Promise<Answer> =>
    client.arm('PUT', `models/${name}/versions/${version}`, {
      properties: { modelUri: 'azureml://datastores/x/paths/y', tags: { long: 'x'.repeat(100_000) } },
    })
  for (let number = 1; number <= 40; number += 1) await put(`many-${number}`, 1)
  for (let number = 2; number <= 20; number += 1) await put('many-7', number)
  const { models } = await snapshot(t)
  t.is(models.total, 40)
  t.is(models.shown.length, 30)
  const [first] = models.shown
  t.like(first, { name: 'many-7', versions: 20 })
  t.deepEqual(
    first?.shown.map(({ version }) => version),
    ['20', '19', '18', '17', '16', '15'],
  )
  t.true((first?.shown[0]?.tags[0]?.value.length ?? 0) < 600)
})

test('a rollout is told from the tags of its endpoint, turn by turn', async (t) => {
  const tags = { 'azureml-cd.rollout': 'r1', 'azureml-cd.candidate': 'green', 'azureml-cd.phase': 'rolling' }
  const write = async (written: Readonly<Record<string, string>>): Promise<void> => {
    const body = { location: 'local', tags: written, properties: { authMode: 'Key' } }
    await client.finished(await client.arm('PUT', 'onlineEndpoints/told', body))
  }
  const told = async () => (await snapshot(t)).rollouts.filter(({ service }) => service === 'told')
  await write({})
  t.deepEqual(await told(), [])
  await write(tags)
  t.like((await told())[0], { candidate: 'green', phase: 'rolling', endedAt: null, reason: null })
  await write({ ...tags, 'azureml-cd.phase': 'restoring', 'azureml-cd.reason': 'It was slow.' })
  t.like((await told())[0], { phase: 'restoring', reason: 'It was slow.' })
  await write({ 'azureml-cd.refused': 'churn:2' })
  t.like((await told())[0], { phase: 'refused', reason: 'It was slow.' })
  await write({ ...tags, 'azureml-cd.rollout': 'r2' })
  await write({ 'azureml-cd.promoted': 'green' })
  t.deepEqual(
    (await told()).map(({ id, phase }) => `${id} ${phase}`),
    ['r2 promoted', 'r1 refused'],
  )
  await write({ ...tags, 'azureml-cd.rollout': 'r3' })
  await client.finished(await client.arm('DELETE', 'onlineEndpoints/told'))
  t.like((await told())[0], { id: 'r3', phase: 'refused', reason: 'The service was deleted.' })
  const { events } = await snapshot(t)
  t.deepEqual(
    events.flatMap(({ kind, subject, text }) => (kind === 'rollout' && subject === 'told' ? [text] : [])).reverse(),
    [
      'A rollout of green began.',
      'The rollout of green is being taken back. It was slow.',
      'green was refused.',
      'A rollout of green began.',
      'green was promoted.',
      'A rollout of green began.',
      'green was refused.',
    ],
  )
})

test('an operation that fails is told with its words', async (t) => {
  const takeBack = emulator.faults.add({
    match: { method: 'PUT', path: 'onlineEndpoints/doomed' },
    effect: { kind: 'fail-operation', error: { code: null, message: 'No capacity for <you>.' } },
  })
  const body = { location: 'local', properties: { authMode: 'Key' } }
  t.is((await client.finished(await client.arm('PUT', 'onlineEndpoints/doomed', body))).status, 'Failed')
  takeBack()
  const event = (await snapshot(t)).events.find(({ subject }) => subject === 'doomed')
  t.like(event, { kind: 'service', text: 'No capacity for <you>.', tone: 'bad' })
})
