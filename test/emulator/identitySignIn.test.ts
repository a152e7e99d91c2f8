import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exportJWK } from 'jose'
import { z } from 'zod'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { type Answer, Client } from './client.ts'
import { assertion, clientCertificate } from './clients/assertions.ts'
import { clientEnvironment, runModule } from './clients/program.ts'

const registered = clientCertificate()
const ofPipeline = generateKeyPairSync('rsa', { modulusLength: 2048 })
const issuer = 'https://token.pipelines.example'
const subject = 'repo:octo/models:ref:refs/heads/main'

let emulator: Emulator
let client: Client

test.before(async () => {
  const publicKey = { ...(await exportJWK(ofPipeline.publicKey)), kty: 'RSA', kid: 'one', alg: 'RS256' }
  emulator = await createEmulator({
    runtime: 'process',
    blobs: false,
    clientCertificates: [registered.certificate],
    federatedCredentials: [{ issuer, subject, keys: { keys: [publicKey] } }],
  })
  client = new Client(emulator)
})

test.after.always(async () => {
  await client?.close()
  await emulator?.close()
})

function ask(client: Client, fields: Readonly<Record<string, string>>, path?: string): Promise<Answer> {
  const { tenantId, clientId } = client.emulator
  return client.send('POST', path ?? `/${tenantId}/oauth2/v2.0/token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      scope: 'https://management.azure.com/.default',
      ...fields,
    }).toString(),
  })
}

function assert(client: Client, signed: string): Promise<Answer> {
  return ask(client, {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed,
  })
}

function own(
  different: Partial<Parameters<typeof assertion>[0]> = {},
  certificate = registered,
): Parameters<typeof assertion>[0] {
  const { tenantId, clientId, url } = emulator
  return {
    key: certificate.key,
    algorithm: 'PS256',
    header: { 'x5t#S256': certificate.sha256.toString('base64url') },
    issuer: clientId,
    subject: clientId,
    audience: `${url}/${tenantId}/oauth2/v2.0/token`,
    ...different,
  }
}

function ofIssuer(different: Partial<Parameters<typeof assertion>[0]> = {}): Parameters<typeof assertion>[0] {
  return {
    key: ofPipeline.privateKey,
    algorithm: 'RS256',
    // As issuers such as GitHub's do it.
    header: { kid: 'one', x5t: 'fGVnf7FK61c8n0mLMbkVcJBJ7XM' },
    issuer,
    subject,
    audience: 'api://AzureADTokenExchange',
    ...different,
  }
}

function numberOf({ body }: Answer): number | undefined {
  return z.object({ error_codes: z.array(z.number()) }).parse(body).error_codes[0]
}

test("Microsoft's identity library signs in with a secret, with a certificate, and with a pipeline's token", async (t) => {
  const certificateFile = join(emulator.caFile, '..', 'client.pem')
  writeFileSync(certificateFile, registered.pem, { mode: 0o600 })
  const script = `
    import { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential } from '@azure/identity'
    const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: secret, EMULATOR_URL: url } = process.env
    const options = { authorityHost: url, disableInstanceDiscovery: true }
    const { CERTIFICATE: certificate, ASSERTION: assertion, RESOURCE: resource } = process.env
    const statuses = {}
    for (const [name, credential] of Object.entries({
      secret: new ClientSecretCredential(tenant, id, secret, options),
      certificate: new ClientCertificateCredential(tenant, id, certificate, options),
      chain: new ClientCertificateCredential(tenant, id, certificate, { ...options, sendCertificateChain: true }),
      assertion: new ClientAssertionCredential(tenant, id, async () => assertion, options),
    })) {
      const { token } = await credential.getToken('https://management.azure.com/.default')
      const answer = await fetch(url + resource + '?api-version=2025-09-01', {
        headers: { authorization: 'Bearer ' + token },
      })
      statuses[name] = answer.status
    }
    console.log(JSON.stringify(statuses))`
  const env = clientEnvironment(emulator, {
    CERTIFICATE: certificateFile,
    ASSERTION: await assertion(ofIssuer()),
    RESOURCE: client.workspace,
  })
  t.deepEqual(await runModule(script, { env }), { secret: 200, certificate: 200, chain: 200, assertion: 200 })
})

test('an assertion may name its certificate by either digest, and may be addressed to localhost', async (t) => {
  const { clientId, tenantId } = emulator
  const audience = `https://localhost:${new URL(emulator.url).port}/${tenantId}/oauth2/v2.0/token`
  const { status } = await assert(client, await assertion(own({ audience })))
  t.is(status, 200)
  const bySha1 = { algorithm: 'RS256', header: { x5t: registered.sha1.toString('base64url') } }
  const answer = await assert(client, await assertion(own(bySha1)))
  t.is(answer.status, 200)
  const { access_token: token } = z.object({ access_token: z.string() }).parse(answer.body)
  t.like(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), { appid: clientId, tid: tenantId })
})

test('an assertion is refused unless certificate, signature, time, audience and client are all right', async (t) => {
  const stranger = clientCertificate()
  const refused: readonly (readonly [string, number, Parameters<typeof assertion>[0]])[] = [
    ['a certificate that is not registered', 700027, own({}, stranger)],
    ['the name of a registered certificate over another key', 700027, own({ key: stranger.key })],
    ['no certificate at all', 700027, own({ header: {} })],
    ['an assertion of yesterday', 700024, own({ expiresInSeconds: -86_400 })],
    ['another token service', 700023, own({ audience: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' })],
    ['another client', 700021, own({ issuer: 'somebody', subject: 'somebody' })],
  ]
  for (const [title, number, made] of refused) {
    const answer = await assert(client, await assertion(made))
    t.is(answer.status, 401, title)
    t.is(numberOf(answer), number, title)
  }
})

test('a symmetric signature made with the public certificate is not taken for one of its key', async (t) => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { createHmac } = await import('node:crypto')
  const { issuer: iss, subject: sub, audience: aud, header } = own()
  const claims = encode({ iss, sub, aud, exp: Math.floor(Date.now() / 1000) + 600 })
  for (const alg of ['HS256', 'none']) {
    const signed = `${encode({ alg, ...header })}.${claims}`
    const signature = createHmac('sha256', registered.certificate).update(signed).digest('base64url')
    const answer = await assert(client, `${signed}.${alg === 'none' ? '' : signature}`)
    t.is(numberOf(answer), 700027, alg)
  }
})

test("a pipeline's token is refused unless issuer, subject, audience, signature and time are all right", async (t) => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const refused: readonly (readonly [string, number, Parameters<typeof assertion>[0]])[] = [
    ['another issuer', 700211, ofIssuer({ issuer: 'https://token.elsewhere.example' })],
    ['another branch', 700213, ofIssuer({ subject: 'repo:octo/models:ref:refs/heads/other' })],
    ['another audience', 700212, ofIssuer({ audience: 'https://github.com/octo' })],
    ['another key', 700027, ofIssuer({ key: stranger })],
    ['a token of yesterday', 700024, ofIssuer({ expiresInSeconds: -86_400 })],
  ]
  for (const [title, number, made] of refused) {
    const answer = await assert(client, await assertion(made))
    t.is(answer.status, 401, title)
    t.is(numberOf(answer), number, title)
  }
})

test('without a secret and without an assertion there is no token', async (t) => {
  t.is(numberOf(await ask(client, {})), 7000216)
  t.is(numberOf(await ask(client, { client_secret: '' })), 7000216)
  t.is(numberOf(await ask(client, { client_assertion: await assertion(own()) })), 900144)
  t.is(numberOf(await assert(client, 'nonsense')), 50027)
  t.is(numberOf(await ask(client, { grant_type: 'password', username: 'a', password: 'b' })), 70003)
})

test('AD FS, which has no tenant, gives out the same tokens under the same conditions', async (t) => {
  const { body } = await client.send('GET', '/adfs/.well-known/openid-configuration')
  t.like(body, { token_endpoint: `${emulator.url}/adfs/oauth2/token` })
  const path = '/adfs/oauth2/token'
  t.is(numberOf(await ask(client, { client_secret: 'guessed' }, path)), 7000215)
  const answer = await ask(client, { client_secret: emulator.clientSecret }, path)
  const { access_token: token } = z.object({ access_token: z.string() }).parse(answer.body)
  t.is((await client.arm('GET', '', undefined, { authorization: `Bearer ${token}` })).status, 200)
})

test('a token is good until it expires and no longer', async (t) => {
  const shortLived = await createEmulator({ runtime: 'process', blobs: false, tokenLifetimeSeconds: 1 })
  const hasty = new Client(shortLived)
  t.teardown(async () => {
    await hasty.close()
    await shortLived.close()
  })
  const answer = await ask(hasty, { client_secret: shortLived.clientSecret })
  const token = z.object({ access_token: z.string(), expires_in: z.literal(1) }).parse(answer.body).access_token
  const look = (): Promise<Answer> => hasty.arm('GET', '', undefined, { authorization: `Bearer ${token}` })
  let seen = await look()
  for (const until = Date.now() + 10_000; seen.status === 200 && Date.now() < until; ) seen = await look()
  t.is(seen.status, 401)
  t.like(seen.body, { error: { code: 'ExpiredAuthenticationToken' } })
})
