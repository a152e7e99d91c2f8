import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Reach, Resolve } from '../../../../core/trigger/destinations/addressGuard.ts'
import { proxySettings } from '../../../../core/trigger/destinations/proxySettings.ts'
import { Sender } from '../../../../core/trigger/destinations/sender.ts'
import { certificates } from '../../../../emulator/tls/certificates.ts'
import { ForwardProxy } from '../../../fakes/forwardProxy.ts'
import { failureOf, signal } from './orders.ts'

const resolvesTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
const unknown: Resolve = () => Promise.reject(new Error('ENOTFOUND'))

/** A server that nobody here trusts, behind a proxy, and a sender that goes through that. */
async function behindProxy(t: ExecutionContext, reach: Reach, resolve: Resolve) {
  const folder = mkdtempSync(join(tmpdir(), 'proxied-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const hits: string[] = []
  const server = createServer({ ...pair(folder) }, (request, response) => {
    hits.push(request.url ?? '')
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const proxy = await ForwardProxy.start(typeof address === 'object' && address ? address.port : 0)
  t.teardown(() => proxy.close().catch(() => undefined))
  const proxyFor = proxySettings({ HTTPS_PROXY: `http://me:s%40crt@127.0.0.1:${proxy.port}` })
  const sender = new Sender({ reach, resolve, proxyFor })
  t.teardown(() => sender.close())
  const send = (url: string) => sender.send({ method: 'POST', url, headers: {}, body: '{}', signal, doing: 'sending' })
  return { proxy, hits, send }
}

function pair(folder: string) {
  const { certificate: cert, key } = certificates(folder, ['hooks.example'])
  return { cert, key }
}

test('proxies are read as the libraries of Azure read them', (t) => {
  const host = (environment: Readonly<Record<string, string>>, url = 'https://api.github.com/') =>
    proxySettings(environment)(new URL(url))?.host
  t.is(host({}), undefined)
  t.is(host({ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }), 'a:1')
  t.is(host({ https_proxy: 'http://a:1' }), 'a:1')
  t.is(host({ ALL_PROXY: 'http://c:3', HTTP_PROXY: 'http://b:2' }), 'c:3')
  t.is(host({ HTTP_PROXY: 'http://b:2' }), 'b:2')
  t.is(host({ HTTPS_PROXY: 'socks5://a:1' }), undefined)
  t.is(host({ HTTPS_PROXY: 'a' }), undefined)
  for (const direct of ['api.github.com', '.github.com', 'x, .com'])
    t.is(host({ HTTPS_PROXY: 'http://a:1', NO_PROXY: direct }), undefined, direct)
  for (const other of ['github.com', '.api.github.co', 'pi.github.com'])
    t.is(host({ HTTPS_PROXY: 'http://a:1', NO_PROXY: other }), 'a:1', other)
  t.is(host({ HTTPS_PROXY: 'http://a:1', NO_PROXY: '.github.com' }, 'https://github.com/'), undefined)
  for (const url of ['http://127.0.0.1:1/', 'https://localhost/', 'https://[::1]/'])
    t.is(host({ HTTPS_PROXY: 'http://a:1' }, url), undefined, url)
})

test('the proxy is asked for a way to the name, with its credentials, and the other side must prove the name', async (t) => {
  const { proxy, hits, send } = await behindProxy(t, 'public', resolvesTo('93.184.216.34'))
  const error = await failureOf(t, send('https://hooks.example/hook'))
  t.deepEqual(proxy.asked, ['CONNECT hooks.example:443'])
  t.deepEqual(proxy.credentials, [`Basic ${Buffer.from('me:s@crt').toString('base64')}`])
  // Its certificate is of an authority that nobody here knows: nothing was sent.
  t.deepEqual(hits, [])
  t.true(error.certain)
  t.false(error.permanent)
})

test('what leads to a private address is refused before the proxy hears of it', async (t) => {
  for (const resolve of [resolvesTo('10.0.0.5'), resolvesTo('93.184.216.34', '169.254.169.254'), resolvesTo('::1')]) {
    const { proxy, send } = await behindProxy(t, 'public', resolve)
    t.true((await failureOf(t, send('https://inward.example/'))).permanent)
    t.deepEqual(proxy.asked, [])
  }
  const { proxy, send } = await behindProxy(t, 'public', unknown)
  for (const url of [
    'https://10.1.2.3/',
    'https://[fd00::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/',
  ])
    t.true((await failureOf(t, send(url))).permanent, url)
  const error = await failureOf(t, send('https://nowhere.example/'))
  t.regex(error.message, /cannot be looked up here/)
  t.true(error.certain)
  t.deepEqual(proxy.asked, [])
})

test('where private addresses are allowed the proxy may know names that this machine does not, but no metadata service', async (t) => {
  const { proxy, send } = await behindProxy(t, 'private', unknown)
  t.true((await failureOf(t, send('https://inward.example:8443/'))).certain)
  t.deepEqual(proxy.asked, ['CONNECT inward.example:8443'])
  t.true((await failureOf(t, send('https://169.254.169.254/'))).permanent)
  t.is(proxy.asked.length, 1)
})

test('a proxy that refuses, or is not there, is told without its password, and nothing was sent', async (t) => {
  const { proxy, send } = await behindProxy(t, 'public', resolvesTo('93.184.216.34'))
  proxy.refuseWith = 407
  const refused = await failureOf(t, send('https://hooks.example/'))
  t.regex(refused.message, /The proxy 127\.0\.0\.1:\d+ made no way to hooks\.example:443: it answered 407\./)
  t.false(refused.message.includes('s@crt') || refused.message.includes('s%40crt'))
  t.true(refused.certain)
  await proxy.close()
  const gone = await failureOf(t, send('https://hooks.example/'))
  t.regex(gone.message, /ECONNREFUSED/)
  t.true(gone.certain)
  t.false(gone.permanent)
})
