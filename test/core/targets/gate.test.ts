import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { gateConfig } from '../../../core/targets/gate.ts'
import { certificates } from '../../../emulator/tls/certificates.ts'
import { until } from '../../emulator/until.ts'
import { testWith } from '../../requirements.ts'

const key = 'Key-With.Dots+and/slash=='

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** A server behind a real nginx with the generated configuration. */
async function gated(
  t: ExecutionContext,
  options: {
    readonly keys?: readonly string[]
    readonly tls?: { readonly certificate: string; readonly key: string }
    readonly requestTimeoutSeconds?: number
  },
) {
  const seen: IncomingMessage[] = []
  const behind = createServer((incoming, response) => {
    seen.push(incoming)
    if (incoming.url === '/slow') return
    incoming.pipe(response.setHeader('x-ms-run-fn-exec-ms', '1'))
  }).listen(0, '127.0.0.1')
  await once(behind, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'gate-'))
  // Started by root, it serves as another user.
  await chmod(folder, 0o755)
  const port = await freePort()
  const { requestTimeoutSeconds = 30 } = options
  const conf = gateConfig({
    ...{ keys: options.keys ?? [], tls: options.tls, port, requestTimeoutSeconds, temporaryFolder: folder },
    upstreamPort: (behind.address() as AddressInfo).port,
  })
  await writeFile(join(folder, 'nginx.conf'), conf)
  const gate: ChildProcess = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const errors = gate.stderr ? text(gate.stderr) : Promise.resolve('')
  t.teardown(async () => {
    gate.kill('SIGTERM')
    await errors
    behind.closeAllConnections()
    behind.close()
    await rm(folder, { recursive: true, force: true })
  })
  const listens = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      (failure: unknown) => !/ECONNREFUSED/.test(String((failure as { cause?: unknown }).cause)),
    )
  await until(listens)
  seen.length = 0
  return { seen, port, url: `http://127.0.0.1:${port}` }
}

testWith('nginx')('the gate lets in who has a key, exactly as it is written, and does not hand it on', async (t) => {
  const { url, seen } = await gated(t, { keys: [key, 'the-secondary-key-of-it'] })
  const status = async (authorization?: string) =>
    (
      await fetch(`${url}/score`, {
        method: 'POST',
        body: 'x',
        ...(authorization ? { headers: { authorization } } : {}),
      })
    ).status
  t.is(await status(), 401)
  t.is(await status('Bearer wrong'), 401)
  t.is(await status(`Bearer ${key.toLowerCase()}`), 401)
  t.is(await status(`Bearer ${key.replace('.', 'x')}`), 401)
  t.is(await status(`Bearer ${key}x`), 401)
  t.is(seen.length, 0)
  t.is(await status(`Bearer ${key}`), 200)
  t.is(await status('bearer the-secondary-key-of-it'), 200)
  t.is(seen.length, 2)
  t.is(seen[0]?.headers.authorization, undefined)
})

testWith('nginx')(
  'bodies and headers pass the gate as they are, up to 100 MB, and a slow answer is cut off',
  async (t) => {
    const { url } = await gated(t, { requestTimeoutSeconds: 3 })
    const body = Buffer.alloc(3 * 2 ** 20, 'é')
    const answer = await fetch(`${url}/score`, { method: 'POST', body })
    t.is(answer.headers.get('x-ms-run-fn-exec-ms'), '1')
    t.deepEqual(Buffer.from(await answer.arrayBuffer()), body)
    t.is((await fetch(`${url}/score`, { method: 'POST', body: Buffer.alloc(101 * 2 ** 20) })).status, 413)
    t.is((await fetch(`${url}/slow`)).status, 504)
  },
)

testWith('nginx')('the gate speaks TLS with the certificate it is given', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gate-tls-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const own = certificates(folder)
  const { ca } = own
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  await writeFile(certificateFile, own.certificate)
  await writeFile(keyFile, own.key)
  const { port } = await gated(t, { keys: [key], tls: { certificate: certificateFile, key: keyFile } })
  const asked = request({
    ...{ host: '127.0.0.1', port, path: '/score', method: 'POST', ca },
    headers: { authorization: `Bearer ${key}` },
  }).end('hello')
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  t.is(response.statusCode, 200)
  t.is(await text(response), 'hello')
})

test('a key that would not match itself alone is not taken, and not shown', (t) => {
  const settings = { tls: undefined, port: 80, upstreamPort: 5001, requestTimeoutSeconds: 60, temporaryFolder: '/tmp' }
  for (const bad of ['short', 'with "quotes" in between', 'with$variable{}inside', `${key}\n" 1; default 1; "`]) {
    const error = t.throws(() => gateConfig({ ...settings, keys: [bad] }))
    t.false(error?.message.includes(bad))
  }
})
