import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { score } from '../../../core/workspace/scoring.ts'
import { certificates } from '../../../emulator/tls/certificates.ts'
import { ForwardProxy } from '../../fakes/forwardProxy.ts'

let proxy: ForwardProxy
let folder: string
const names: string[] = []

// The library reads the variables once: this file is a process of its own.
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scoring-proxy-'))
  const { certificate: cert, key } = certificates(folder, ['scoring.example'])
  const server = createServer({
    ...{ cert, key },
    SNICallback: (name, done) => {
      names.push(name)
      done(null)
    },
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const address = server.address()
  proxy = await ForwardProxy.start(typeof address === 'object' && address ? address.port : 0)
  process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`
  process.env.NO_PROXY = '.direct.example'
})
test.after.always(async () => {
  await proxy?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

test.serial('a scoring request goes through the proxy, as every other request to Azure does', async (t) => {
  const answer = await score({ scoringUri: 'http://scoring.example/score', body: '{}' })
  t.is(answer.body, 'through the proxy')
  await t.throwsAsync(score({ scoringUri: 'https://scoring.example/score', bearer: 'k', body: '{}' }))
  t.deepEqual(proxy.asked, ['POST http://scoring.example/score', 'CONNECT scoring.example:443'])
})

test.serial('a service whose certificate has another name is asked for that name, through the proxy too', async (t) => {
  names.length = 0
  await t.throwsAsync(
    score({ scoringUri: 'https://address.example/score', serverName: 'scoring.example', bearer: 'k', body: '{}' }),
  )
  t.is(proxy.asked.at(-1), 'CONNECT address.example:443')
  t.deepEqual(names, ['scoring.example'])
})

test.serial('this machine and what NO_PROXY names are asked for straight', async (t) => {
  const before = proxy.asked.length
  const server = createPlainServer((_, response) => void response.end('straight'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  t.is((await score({ scoringUri: `http://127.0.0.1:${port}/score`, body: '{}' })).body, 'straight')
  await t.throwsAsync(score({ scoringUri: 'http://a.direct.example/score', body: '{}' }))
  t.is(proxy.asked.length, before)
})
