import test from 'ava'
import { InputError } from '../../core/index.ts'
import { relaySettings } from '../../relay/settings.ts'
import { statusPage } from '../../relay/status/statusPage.ts'
import { gridEvent, key, post, statusToken, topic, world } from './world.ts'

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  new Request(`http://relay.example${path}`, { headers })
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` })

test('the page and the metrics are for whoever has the token', async (t) => {
  const { relay } = await world(t)
  await relay.fetch(post('/events', [gridEvent(1)]))
  for (const path of ['/', '/metrics']) {
    t.is((await relay.fetch(get(path))).status, 401)
    t.is((await relay.fetch(get(path, basic('wrong')))).status, 401)
    t.is((await relay.fetch(get(path, { authorization: `Bearer ${key}` }))).status, 401)
    t.is((await relay.fetch(get(path, basic(statusToken)))).status, 200)
    t.is((await relay.fetch(get(path, { authorization: `Bearer ${statusToken}` }))).status, 200)
  }
  const metrics = await (await relay.fetch(get('/metrics', basic(statusToken)))).text()
  t.regex(metrics, /azureml_cd_relay_request_duration_seconds_count\{route="POST \/events",status="200"\} 1/)
  t.regex(metrics, /azureml_cd_relay_last_accepted_timestamp_seconds 1\d{9}/)
})

test('without a token the page is closed to everybody', async (t) => {
  const { relay } = await world(t, { AZUREML_CD_RELAY_KEY: key, AZUREML_CD_RELAY_STATUS_TOKEN: '' })
  t.is((await relay.fetch(get('/', basic('')))).status, 401)
  t.is((await relay.fetch(get('/', { authorization: 'Bearer ' }))).status, 401)
})

test('health is told to everybody, and says no more than that', async (t) => {
  let trouble: string | undefined
  const { relay } = await world(t, undefined, { health: async () => trouble })
  t.is((await relay.fetch(get('/healthz'))).status, 200)
  trouble = 'the folder /secret/place is gone'
  const answer = await relay.fetch(get('/healthz'))
  t.is(answer.status, 503)
  t.notRegex(await answer.text(), /secret/)
})

test('text from elsewhere is text on the page, in every column', async (t) => {
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202E&lt;`
  const row = {
    ...{ model: hostile, version: hostile, rule: hostile, destination: hostile, state: hostile, at: hostile },
    detail: hostile,
  }
  const answer = statusPage({
    facts: { [hostile]: hostile },
    rows: [
      { ...row, url: 'javascript:alert(1)' },
      { ...row, url: `https://x.example/"onmouseover="alert(1)` },
    ],
  })
  const page = await answer.text()
  t.false(page.includes('<script'))
  t.false(page.includes('<img'))
  t.false(page.includes('javascript:'))
  t.false(page.includes('"onmouseover='))
  t.false(page.includes('\u202E'))
  t.true(page.includes('&lt;script&gt;'))
  const policy = answer.headers.get('content-security-policy') ?? ''
  t.regex(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+';/)
  t.notRegex(policy, /unsafe/)
})

test('what nobody has here is 404, and another method 405', async (t) => {
  const { relay } = await world(t)
  t.is((await relay.fetch(get('/nowhere'))).status, 404)
  t.is((await relay.fetch(get('/events'))).status, 405)
  t.is((await relay.fetch(post('/mlflow', '{}'))).status, 404)
})

test('settings are read with all their faults at once, and no value is repeated', (t) => {
  const secret = 'short'
  const error = t.throws(
    () =>
      relaySettings({
        AZUREML_CD_RELAY_WORKSPACES: 'workspace',
        AZUREML_CD_RELAY_KEY: secret,
        AZUREML_CD_RELAY_ENTRA_TENANT: 'contoso',
      }),
    { instanceOf: InputError },
  )
  for (const name of ['WORKSPACES', 'KEY', 'ENTRA_TENANT']) t.true(error?.message.includes(`AZUREML_CD_RELAY_${name} `))
  t.false(error?.message.includes(secret))
  t.throws(() => relaySettings({}), { message: /Nobody could send anything/ })
  t.throws(() => relaySettings({ AZUREML_CD_RELAY_MLFLOW_SECRET: 'x'.repeat(16) }), { message: /MLFLOW_WORKSPACE/ })
  t.like(relaySettings({ AZUREML_CD_RELAY_KEY: 'x'.repeat(16), AZUREML_CD_RELAY_WORKSPACES: `${topic},\n${topic}2` }), {
    eventGrid: { kind: 'key' },
    workspaces: [topic.toLowerCase(), `${topic}2`.toLowerCase()],
  })
})
