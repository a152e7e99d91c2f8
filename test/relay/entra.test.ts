import type { webcrypto } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { eventGridApplication } from '../../relay/settings.ts'
import { gridEvent, post, world } from './world.ts'

const tenant = '11111111-1111-4111-8111-111111111111'
const audience = 'api://azureml-cd-relay'
const variables = { AZUREML_CD_RELAY_ENTRA_TENANT: tenant, AZUREML_CD_RELAY_ENTRA_AUDIENCE: audience }
const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`

const keys = generateKeyPair('RS256', { extractable: true })
const others = generateKeyPair('RS256', { extractable: true })

/** A token as Entra gives it to Event Grid, but for what is said. */
async function token(
  claims: Readonly<Record<string, unknown>> = {},
  how: {
    readonly header?: Readonly<Record<string, string>>
    readonly signer?: webcrypto.CryptoKey
    readonly expires?: number
  } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const { privateKey } = await keys
  return await new SignJWT({
    ...{ iss: issuer, aud: audience, tid: tenant, azp: eventGridApplication, ver: '2.0' },
    ...{ iat: now, nbf: now, exp: now + (how.expires ?? 3600) },
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT', ...how.header })
    .sign(how.signer ?? privateKey)
}

async function guarded(t: ExecutionContext, more: Readonly<Record<string, string>> = {}) {
  const asked: string[] = []
  const state = { isDown: false }
  const { publicKey } = await keys
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const one = await world(
    t,
    { ...variables, ...more },
    {
      fetchKeys: async (url) => {
        asked.push(String(url))
        return state.isDown ? new Response('down', { status: 503 }) : Response.json({ keys: [jwk] })
      },
    },
  )
  const send = async (bearer: string | undefined) => {
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
    return (await one.relay.fetch(post('/events', [gridEvent(1)], headers))).status
  }
  return { ...one, asked, state, send }
}

test("a token that Entra gave Event Grid's application for this relay lets in", async (t) => {
  const { send, asked } = await guarded(t)
  t.is(await send(await token()), 200)
  const versionOne = {
    iss: `https://sts.windows.net/${tenant}/`,
    ver: '1.0',
    appid: eventGridApplication,
    azp: undefined,
  }
  t.is(await send(await token(versionOne)), 200)
  t.deepEqual(asked, [`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`])
})

test('tokens of another issuer, tenant, audience, caller, time, key or form are refused', async (t) => {
  const { send, stored } = await guarded(t)
  const other = '22222222-2222-4222-8222-222222222222'
  const { privateKey: forger } = await others
  const refused: [string, string | undefined, number][] = [
    ['none', undefined, 401],
    ['text', 'not.a.token', 401],
    ['issuer', await token({ iss: `https://login.microsoftonline.com/${other}/v2.0` }), 401],
    ['tenant', await token({ tid: other }), 401],
    ['audience', await token({ aud: 'api://another' }), 401],
    ['no audience', await token({ aud: undefined }), 401],
    ['caller', await token({ azp: other }), 403],
    ['no caller', await token({ azp: undefined }), 403],
    ['caller where version 2 has it not', await token({ azp: undefined, ver: '1.0', appid: other }), 403],
    ['expired', await token({}, { expires: -3600 }), 401],
    ['no end', await token({ exp: undefined }), 401],
    ['not yet', await token({ nbf: Math.floor(Date.now() / 1000) + 3600 }), 401],
    ['forged', await token({}, { signer: forger }), 401],
    ['unsigned', new UnsecuredJWT({ iss: issuer, aud: audience, tid: tenant }).encode(), 401],
    [
      'signed with the public key as a secret',
      await new SignJWT({ iss: issuer, aud: audience, tid: tenant, azp: eventGridApplication })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(JSON.stringify(await exportJWK((await keys).publicKey)))),
      401,
    ],
  ]
  for (const [title, bearer, status] of refused) t.is(await send(bearer), status, title)
  t.deepEqual(await stored(), [])
})

test('keys that cannot be fetched, and a key that is not known yet, are our trouble', async (t) => {
  const down = await guarded(t)
  down.state.isDown = true
  t.is(await down.send(await token()), 503)
  down.state.isDown = false
  t.is(await down.send(await token()), 200)
  const { privateKey: newer } = await others
  t.is(await down.send(await token({}, { signer: newer, header: { kid: 'two' } })), 503)
})

test('callers can be others than Event Grid, such as an identity of their own', async (t) => {
  const own = '33333333-3333-4333-8333-333333333333'
  const { send } = await guarded(t, { AZUREML_CD_RELAY_ENTRA_CALLERS: own.toUpperCase() })
  t.is(await send(await token({ azp: own })), 200)
  t.is(await send(await token()), 403)
})
