import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { get, request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import test from 'ava'
import { request } from 'undici'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { Client } from './client.ts'

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

function code(body: unknown): string {
  return z.object({ error: z.object({ code: z.string() }) }).parse(body).error.code
}

test('a request without a token is told where tokens are had', async (t) => {
  const { status, body, headers } = await client.send('GET', `${client.workspace}?api-version=2025-09-01`)
  t.is(status, 401)
  t.is(code(body), 'AuthenticationFailed')
  t.regex(String(headers['www-authenticate']), new RegExp(`authorization_uri="${emulator.url}/${emulator.tenantId}"`))
})

test('a token for storage does not open the resource manager', async (t) => {
  const authorization = `Bearer ${await client.token('https://storage.azure.com/.default')}`
  const { status, body } = await client.arm('GET', '', undefined, { authorization })
  t.is(status, 401)
  t.is(code(body), 'InvalidAuthenticationTokenAudience')
})

test('a token that somebody else signed, or that was altered, is not accepted', async (t) => {
  const [header = '', payload = '', signature = ''] = (await client.token()).split('.')
  const claims = z.looseObject({}).parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  const altered = Buffer.from(JSON.stringify({ ...claims, oid: 'somebody else' })).toString('base64url')
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  for (const token of [`${header}.${altered}.${signature}`, `${unsigned}.${payload}.`, 'nonsense']) {
    const { status, body } = await client.arm('GET', '', undefined, { authorization: `Bearer ${token}` })
    t.is(status, 401)
    t.is(code(body), 'InvalidAuthenticationToken')
  }
})

test('a wrong client secret gets no token', async (t) => {
  const stranger = new Client({ ...emulator, clientSecret: 'guessed' })
  t.teardown(() => stranger.close())
  await t.throwsAsync(stranger.token())
  const { status, body } = await client.send('POST', `/${emulator.tenantId}/oauth2/v2.0/token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: `grant_type=client_credentials&client_id=${emulator.clientId}&client_secret=guessed&scope=${emulator.url}/.default`,
  })
  t.is(status, 401)
  t.like(body, { error: 'invalid_client', error_codes: [7000215] })
})

test('a token for a resource that is not known is not given out', async (t) => {
  await t.throwsAsync(client.token('https://graph.microsoft.com/.default'))
})

test("Microsoft's identity library signs in unchanged", async (t) => {
  const script = `
    import { ClientSecretCredential } from '@azure/identity'
    const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: secret, AZUREML_CD_CLOUD: cloud } = process.env
    const credential = new ClientSecretCredential(tenant, id, secret, { authorityHost: cloud, disableInstanceDiscovery: true })
    const { token } = await credential.getToken('https://management.azure.com/.default')
    const answer = await fetch(process.argv[1], { headers: { authorization: 'Bearer ' + token } })
    console.log(answer.status, (await answer.json()).name)`
  const address = `${emulator.url}${client.workspace}?api-version=2025-09-01`
  // The way a person does it: the environment file is read by a shell.
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `. ${emulator.envFile} && exec "$0" --input-type=module -e "$1" "$2"`,
    process.execPath,
    script,
    address,
  ])
  t.is(stdout, `200 ${emulator.workspace}\n`)
})

test('a request for another host is turned away', async (t) => {
  const { port } = new URL(emulator.url)
  const statusFor = async (host: string): Promise<number | undefined> => {
    const asked = get(`${emulator.url}/health`, {
      ca: emulator.ca,
      servername: 'localhost',
      headers: { host },
      agent: false,
    })
    const [answer] = await once(asked, 'response')
    answer.resume()
    return answer.statusCode
  }
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`])
    t.is(await statusFor(host), 421, host)
  t.is(await statusFor(`localhost:${port}`), 200)
})

test('in a container any port and further names lead to it, and no other host does', async (t) => {
  const contained = await createEmulator({ listen: '0.0.0.0', hosts: ['Workspace'], runtime: 'process', blobs: false })
  t.teardown(() => contained.close())
  const { port } = new URL(contained.url)
  const metadataFor = async (host: string) => {
    const url = `https://127.0.0.1:${port}/metadata/endpoints?api-version=2022-09-01`
    const asked = get(url, { ca: contained.ca, servername: 'workspace', headers: { host }, agent: false })
    const [answer] = await once(asked, 'response')
    return `${answer.statusCode} ${answer.statusCode === 200 ? JSON.parse(await text(answer)).resourceManager : ''}`
  }
  t.is(await metadataFor('localhost:32768'), '200 https://localhost:32768/')
  t.is(await metadataFor('workspace:443'), '200 https://workspace/')
  t.is(await metadataFor('evil.example:32768'), '421 ')
  const asToken = new URLSearchParams({
    ...{ client_id: contained.clientId, client_secret: contained.clientSecret, grant_type: 'client_credentials' },
    scope: 'https://workspace:8443/.default',
  })
  const asked = httpsRequest({
    ...{ host: '127.0.0.1', port, path: `/${contained.tenantId}/oauth2/v2.0/token`, method: 'POST', ca: contained.ca },
    headers: { host: 'workspace:8443', 'content-type': 'application/x-www-form-urlencoded' },
  })
  asked.end(asToken.toString())
  const [answer] = await once(asked, 'response')
  t.is(answer.statusCode, 200, await text(answer))
})

test('a client that does not trust the authority is not served', async (t) => {
  await t.throwsAsync(request(`${emulator.url}/health`), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test('keys and secrets are readable by their owner only', (t) => {
  const location = join(emulator.caFile, '..', '..')
  for (const file of ['tls/ca-key.pem', 'tls/server-key.pem', 'identity.json', 'azureml-cd.env', 'state.jsonl'])
    t.is(statSync(join(location, file)).mode & 0o777, 0o600, file)
  t.is(statSync(location).mode & 0o777, 0o700)
})

test('the cloud describes itself in the forms that clients of different ages read', async (t) => {
  const oldest = await client.send('GET', '/metadata/endpoints?api-version=2015-01-01')
  t.like(oldest.body, { authentication: { loginEndpoint: emulator.url } })
  const later = await client.send('GET', '/metadata/endpoints?api-version=2019-05-01')
  t.true(Array.isArray(later.body))
  const newest = await client.send('GET', '/metadata/endpoints?api-version=2023-01-01')
  t.like(newest.body, {
    resourceManager: `${emulator.url}/`,
    authentication: { loginEndpoint: emulator.url, identityProvider: 'AAD' },
    // An account's host cannot be below an IP address.
    suffixes: { storage: `core.localhost:${new URL(emulator.url).port}` },
  })
})

test('other subscriptions, resource groups and workspaces do not exist', async (t) => {
  const { workspace, emulator: own } = client
  for (const [path, expected] of [
    [workspace.replace(own.subscriptionId, '11111111-1111-1111-1111-111111111111'), 'SubscriptionNotFound'],
    [workspace.replace(`/${own.resourceGroup}/`, '/other/'), 'ResourceGroupNotFound'],
    [workspace.replace(/[^/]+$/, 'other'), 'ResourceNotFound'],
  ] as const) {
    const { status, body } = await client.arm('GET', `${path}/models`)
    t.is(status, 404)
    t.is(code(body), expected)
  }
})

test('letter case does not matter in the words of a path and in the names above the workspace', async (t) => {
  const { status } = await client.arm('GET', `${client.workspace.toUpperCase()}/MODELS`)
  t.is(status, 200)
})

test('every date is an api-version, and one is required', async (t) => {
  t.is((await client.arm('GET', `${client.workspace}?api-version=2019-05-01-preview`)).status, 200)
  t.is(code((await client.arm('GET', `${client.workspace}?api-version=latest`)).body), 'InvalidApiVersionParameter')
  t.is(code((await client.arm('GET', `${client.workspace}?api-version=`)).body), 'InvalidApiVersionParameter')
})

test('what the emulator itself can be asked needs the control token', async (t) => {
  t.is((await client.send('GET', '/_emulator/requests')).status, 401)
  const headers = { 'x-azureml-cd-emulator-token': emulator.controlToken }
  t.is((await client.send('GET', '/_emulator/requests', { headers })).status, 200)
})
