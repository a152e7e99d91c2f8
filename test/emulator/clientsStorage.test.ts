import { createRequire } from 'node:module'
import test from 'ava'
import { Agent, request } from 'undici'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from './client.ts'

let emulator: Emulator
let client: Client

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process' })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

test('the storage account also answers at a host of its own, for clients that know accounts by host only', async (t) => {
  const { body: store } = await client.arm('GET', 'datastores/workspaceblobstore')
  const { body: secrets } = await client.arm('POST', 'datastores/workspaceblobstore/listSecrets', {
    expirableSecret: true,
  })
  const { accountName, containerName } = Object(store).properties
  const { sasToken } = Object(secrets)
  // What a line in /etc/hosts does.
  const dispatcher = new Agent({
    connect: { ca: emulator.ca, lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
  })
  t.teardown(() => dispatcher.destroy())
  const blob = (host: string): string =>
    `https://${host}:${new URL(emulator.url).port}/${containerName}/endpoints/hello.txt?${sasToken}`
  const own = blob(`${accountName}.blob.core.localhost`)
  const put = await request(own, {
    ...{ dispatcher, method: 'PUT', body: 'hello' },
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' },
  })
  t.is(put.statusCode, 201)
  await put.body.dump()
  const { body: byPath } = await client.send('GET', `/${accountName}/${containerName}/endpoints/hello.txt?${sasToken}`)
  t.is(byPath, 'hello')
  // The certificate is good for no other account, and the server answers for none.
  await t.throwsAsync(request(blob('another.blob.core.localhost'), { dispatcher }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test('nothing that could phone home is loaded with the storage account', (t) => {
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  t.true(loaded.some((path) => path.includes('/azurite/dist/src/blob/')))
  t.deepEqual(
    loaded.filter((path) => path.includes('/applicationinsights/')),
    [],
  )
})
