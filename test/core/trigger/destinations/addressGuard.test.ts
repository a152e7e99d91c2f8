import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { isReachable, type Reach, type Resolve } from '../../../../core/trigger/destinations/addressGuard.ts'
import { Sender } from '../../../../core/trigger/destinations/sender.ts'
import { failureOf, signal } from './orders.ts'

async function server(t: ExecutionContext): Promise<{ readonly port: number; readonly hits: string[] }> {
  const hits: string[] = []
  const http = createServer((request, response) => {
    hits.push(request.url ?? '')
    response.end('ok')
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.teardown(() => http.close())
  const address = http.address()
  return { port: typeof address === 'object' && address ? address.port : 0, hits }
}

function sending(t: ExecutionContext, reach: Reach, resolve?: Resolve) {
  const sender = new Sender({ reach, resolve })
  t.teardown(() => sender.close())
  return (url: string) => sender.send({ method: 'POST', url, headers: {}, body: '{}', signal, doing: 'sending' })
}

const always =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))

test('only hosts on the internet are reached unless private addresses are allowed', (t) => {
  const open = ['8.8.8.8', '140.82.121.6', '2606:50c0:8000::153', '::ffff:8.8.8.8', '172.32.0.1', '64:ff9b::808:808']
  const inner = [
    ...['10.0.0.1', '127.0.0.1', '127.255.255.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1'],
    ...['198.18.0.1', '::1', 'fd12::1', '::ffff:127.0.0.1', '::ffff:10.1.2.3', '::ffff:7f00:1', '64:ff9b::a00:1'],
  ]
  const never = [
    ...['169.254.169.254', '168.63.129.16', '0.0.0.0', '224.0.0.1', '255.255.255.255', 'fd00:ec2::254', 'fe80::1'],
    ...['fe80::1%eth0', '::', 'ff02::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', 'no address', '0', ''],
  ]
  for (const address of open) t.true(isReachable(address, 'public'), address)
  for (const address of inner) {
    t.false(isReachable(address, 'public'), address)
    t.true(isReachable(address, 'private'), address)
  }
  for (const address of never)
    for (const reach of ['public', 'private'] as const) t.false(isReachable(address, reach), `${address} ${reach}`)
  t.false(isReachable('2002:7f00:1::', 'public'))
  t.false(isReachable('2001:0:7f00:1::', 'public'))
})

test('an address of this machine is not connected to, however it is written', async (t) => {
  const { port, hits } = await server(t)
  const send = sending(t, 'public')
  const spellings = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '[::1]', '[::ffff:127.0.0.1]']
  for (const host of [...spellings, 'localhost', '0.0.0.0', '169.254.169.254', '[fe80::1]']) {
    const failure = await failureOf(t, send(`http://${host}:${port}/${encodeURIComponent(host)}`))
    t.like(failure, { certain: true, permanent: true }, host)
  }
  t.deepEqual(hits, [])
  t.is((await sending(t, 'private')(`http://127.0.0.1:${port}/`)).text, 'ok')
})

test('a name that leads to a private address among others is not connected to', async (t) => {
  const { port, hits } = await server(t)
  const failure = await failureOf(
    t,
    sending(t, 'public', always('8.8.8.8', '127.0.0.1'))(`http://hook.example:${port}/`),
  )
  t.like(failure, { certain: true, permanent: true })
  t.regex(failure.message, /hook\.example leads to 127\.0\.0\.1/)
  t.regex(failure.message, /allowPrivateAddresses/)
  t.deepEqual(hits, [])
})

test('the metadata service is refused even where private addresses are allowed', async (t) => {
  const failure = await failureOf(t, sending(t, 'private', always('169.254.169.254'))('http://hook.example/'))
  t.like(failure, { certain: true, permanent: true })
  t.notRegex(failure.message, /allowPrivateAddresses/)
})

test('a name that leads elsewhere at its second look-up gains nothing: each connection looks once', async (t) => {
  const { port, hits } = await server(t)
  let looks = 0
  const rebinding: Resolve = async () => {
    looks += 1
    return looks === 1 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '8.8.8.8', family: 4 }]
  }
  await failureOf(t, sending(t, 'public', rebinding)(`http://hook.example:${port}/`))
  t.is(looks, 1)
  t.deepEqual(hits, [])
})

test('a redirect is not followed, wherever it leads', async (t) => {
  const { port, hits } = await server(t)
  const redirecting = createServer((_, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${port}/stolen` }).end(),
  )
  redirecting.listen(0, '127.0.0.1')
  await once(redirecting, 'listening')
  t.teardown(() => redirecting.close())
  const address = redirecting.address()
  const from = typeof address === 'object' && address ? address.port : 0
  const failure = await failureOf(t, sending(t, 'private')(`http://127.0.0.1:${from}/`))
  t.like(failure, { certain: true, permanent: true })
  t.deepEqual(hits, [])
})

test('nobody listening is certain; an answer that breaks off, or never ends, is not', async (t) => {
  const { port } = await server(t)
  const closed = createServer()
  closed.listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  const free = typeof address === 'object' && address ? address.port : 0
  closed.close()
  await once(closed, 'close')
  const send = sending(t, 'private')
  t.like(await failureOf(t, send(`http://127.0.0.1:${free}/`)), { certain: true, permanent: false })
  const unknown = await failureOf(t, sending(t, 'private', always())(`http://hook.example:${port}/`))
  t.like(unknown, { certain: true, permanent: false })

  const breaking = createServer((request, response) => {
    if (request.url === '/endless') {
      response.write('x'.repeat(65_536))
      const more = () => response.write('x'.repeat(1_048_576), (error) => (error ? undefined : more()))
      more()
    } else request.socket.destroy()
  })
  breaking.listen(0, '127.0.0.1')
  await once(breaking, 'listening')
  t.teardown(() => {
    breaking.closeAllConnections()
    breaking.close()
  })
  const own = breaking.address()
  const at = `http://127.0.0.1:${typeof own === 'object' && own ? own.port : 0}`
  t.like(await failureOf(t, send(`${at}/broken`)), { certain: false, permanent: false })
  t.regex((await failureOf(t, send(`${at}/endless`))).message, /longer than/)
})

test('a run that is ended says that it does not know what became of its request', async (t) => {
  const silent = createServer(() => undefined)
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const own = silent.address()
  const sender = new Sender({ reach: 'private' })
  t.teardown(() => sender.close())
  const url = `http://127.0.0.1:${typeof own === 'object' && own ? own.port : 0}/`
  const sent = sender.send({
    method: 'POST',
    url,
    headers: {},
    body: '{}',
    signal: AbortSignal.timeout(100),
    doing: 'sending',
  })
  t.like(await failureOf(t, sent), { certain: false, permanent: false })
})
