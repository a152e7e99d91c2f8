import test from 'ava'
import { AzureError } from '../../../core/azure/armError.ts'
import { resolveCloud } from '../../../core/azure/clouds.ts'
import { ArmClient } from '../../../core/azure/pipeline.ts'
import { instantClock, startTestCloud, type TestCloud } from './testCloud.ts'

async function connect(cloud: TestCloud, signal = new AbortController().signal) {
  const clock = instantClock()
  const { httpClient, host } = cloud
  const client = new ArmClient({
    cloud: await resolveCloud({ cloud: cloud.url, httpClient }),
    apiVersion: '2026-05-01',
    credential: await host.credential({ authorityHost: cloud.url, custom: true }),
    log: host.log,
    signal,
    httpClient,
    clock,
  })
  return { client, clock }
}

test('a request carries the token, the api-version, a request id and who we are', async (t) => {
  const cloud = await startTestCloud(t, () => ({ body: { fine: true } }))
  const { client } = await connect(cloud)
  const { body } = await client.send({ method: 'GET', path: '/things', doing: 'reading things', query: { $top: 2 } })
  t.deepEqual(body, { fine: true })
  const [seen] = cloud.requests
  t.is(seen?.url.searchParams.get('api-version'), '2026-05-01')
  t.is(seen?.url.searchParams.get('$top'), '2')
  t.truthy(seen?.headers['x-ms-client-request-id'])
  t.regex(String(seen?.headers['user-agent']), /^azureml-cd\//)
})

test('a read is repeated after 503 and Retry-After in seconds or as a date is honoured', async (t) => {
  const cloud = await startTestCloud(t, (_, count) => {
    if (count === 1) return { status: 429, headers: { 'retry-after': '7' } }
    const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 7 + 30)).toUTCString()
    if (count === 2) return { status: 503, headers: { 'retry-after': date } }
    return { body: count }
  })
  const { client, clock } = await connect(cloud)
  const { body } = await client.send({ method: 'GET', path: '/busy', doing: 'reading' })
  t.is(body, 3)
  t.deepEqual(clock.pauses, [7000, 30_000])
})

test('a write that may have been done is repeated when it is a PUT, and is not when it is a POST', async (t) => {
  const cloud = await startTestCloud(t, (request, count) =>
    count === 1 ? { broken: true } : { body: { method: request.method } },
  )
  const { client } = await connect(cloud)
  const put = await client.send({ method: 'PUT', path: '/thing', doing: 'writing', body: { a: 1 } })
  t.deepEqual(put.body, { method: 'PUT' })
  const error = await t.throwsAsync(client.send({ method: 'POST', path: '/thing', doing: 'acting', body: {} }), {
    instanceOf: AzureError,
  })
  t.is(error?.status, undefined)
  t.is(error?.code, 'ECONNRESET')
  const safe = await client.send({ method: 'POST', path: '/keys', doing: 'reading keys', safe: true })
  t.deepEqual(safe.body, { method: 'POST' })
})

test('retries end: the last answer becomes the error', async (t) => {
  const cloud = await startTestCloud(t, () => ({ status: 500, body: { error: { code: 'Oops', message: 'It broke' } } }))
  const { client } = await connect(cloud)
  const error = await t.throwsAsync(client.send({ method: 'GET', path: '/x', doing: 'reading x' }), {
    instanceOf: AzureError,
  })
  t.is(error?.message, 'While reading x, Azure answered 500 (Oops): It broke.')
  t.is(cloud.requests.length, 6)
})

test('a service that asks to wait longer than two minutes is not waited for', async (t) => {
  const cloud = await startTestCloud(t, () => ({ status: 429, headers: { 'retry-after': '3600' } }))
  const { client } = await connect(cloud)
  const error = await t.throwsAsync(client.send({ method: 'GET', path: '/x', doing: 'reading x' }), {
    instanceOf: AzureError,
  })
  t.is(error?.status, 429)
  t.is(cloud.requests.length, 1)
})

test('the token is not sent to another origin than the resource manager', async (t) => {
  const cloud = await startTestCloud(t, () => ({ body: {} }))
  const { client } = await connect(cloud)
  const elsewhere = { method: 'GET', path: 'https://example.org/status', doing: 'polling' } as const
  const error = await t.throwsAsync(client.send(elsewhere), { instanceOf: AzureError })
  t.is(error?.code, 'ForeignAddress')
  t.regex(error?.message ?? '', /example\.org/)
})

test('a certificate that nobody vouches for is explained', async (t) => {
  const cloud = await startTestCloud(t, () => ({ body: {} }))
  const error = await t.throwsAsync(resolveCloud({ cloud: cloud.url }), { instanceOf: AzureError })
  t.regex(error?.hint ?? '', /NODE_EXTRA_CA_CERTS/)
})

test('an aborted run stops with the reason it was given', async (t) => {
  const reason = new Error('The run was cancelled.')
  const abort = new AbortController()
  const cloud = await startTestCloud(t, () => {
    abort.abort(reason)
    return { status: 503 }
  })
  const { client } = await connect(cloud, abort.signal)
  const error = await t.throwsAsync(client.send({ method: 'GET', path: '/x', doing: 'reading x' }))
  t.is(error, reason)
})

test('an unknown cloud, and one that is not https, are refused before anything is sent', async (t) => {
  await t.throwsAsync(resolveCloud({ cloud: 'germany' }), { message: /public, usgovernment, china/ })
  await t.throwsAsync(resolveCloud({ cloud: 'http://127.0.0.1:9' }), { message: /https/ })
  t.is((await resolveCloud({ cloud: 'China' })).storageSuffix, 'core.chinacloudapi.cn')
})
