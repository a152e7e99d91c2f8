import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext, TestFn } from 'ava'
import { exitCodes } from '../../actions/exitCodes.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'
import { pageOf, snapshot } from './snapshot.ts'

/** Registers tests that sign in in every way, and fail to, run by the Node.js given. */
export function loginByActions(test: TestFn, node: string): void {
  let actions: ActionsUnderTest
  test.before(async () => {
    // Tokens that are over at once, so that every request asks for a new one.
    actions = await ActionsUnderTest.start({ blobs: false, tokenLifetimeSeconds: 2 }, node)
  })
  test.after.always(() => actions?.close())

  /** A step that asks Azure one question. */
  const ask = (
    signIn: Readonly<Record<string, string>>,
    environment: Readonly<Record<string, string>> = {},
    place = actions,
  ) => place.step('watch', {}, { signIn, environment })

  /** Where tokens last, for those who sign in with one that was made before. */
  async function lasting(t: ExecutionContext): Promise<ActionsUnderTest> {
    const place = await ActionsUnderTest.start({ blobs: false }, node)
    t.teardown(() => place.close())
    return place
  }

  const credentials = () => {
    const { tenantId, clientId, clientSecret, subscriptionId } = actions.workspace.emulator
    return { tenantId, clientId, clientSecret, subscriptionId }
  }

  test.serial('a job that may ask GitHub who it is needs no secret', async (t) => {
    actions.issuer.issued.length = 0
    const run = await ask(actions.oidc)
    t.is(run.code, exitCodes.done, run.stdout)
    t.true(actions.issuer.issued.length >= 1)
  })

  test.serial(
    'a token of a subject that Entra does not know is met with the federated credential to create',
    async (t) => {
      const { emulator, client } = actions.workspace
      const replace = new Map([
        [client.workspace, '{workspace}'],
        [emulator.tenantId, 'TENANT'],
        [emulator.clientId, 'CLIENT'],
      ])
      const refused = {
        subject: { subject: 'repo:contoso/models:environment:production' },
        issuer: { issuer: 'https://github.contoso.example/_services/token' },
        'subject with ids': { subject: 'repo:contoso@1234/models@5678:ref:refs/heads/other' },
      }
      for (const [what, claims] of Object.entries(refused)) {
        actions.issuer.claims = claims
        actions.arrived.length = 0
        const run = await ask(actions.oidc)
        actions.issuer.claims = {}
        t.is(run.code, exitCodes.failed)
        const title = `sign in with an unknown ${what}`
        snapshot(t, title.replaceAll(' ', '-'), pageOf(title, run, { requests: actions.arrived, replace }))
      }
      const other = await ask({ ...actions.oidc, audience: 'api://elsewhere' })
      t.is(other.code, exitCodes.failed)
      t.regex(other.stdout, /AADSTS700212.*audience: api:\/\/elsewhere%0A.*"audiences":\["api:\/\/elsewhere"\]/)
    },
  )

  test.serial('a job without the permission is told which one, and no other way is tried', async (t) => {
    const none = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }
    const { clientSecret } = credentials()
    const run = await ask(actions.oidc, { ...none, AZURE_CLIENT_SECRET: clientSecret })
    t.is(run.code, exitCodes.failed)
    t.regex(run.stdout, /^::error::This job may not ask GitHub for a token.*id-token: write/m)
    const denied = await ask(actions.oidc, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' })
    t.is(denied.code, exitCodes.failed)
    t.regex(denied.stdout, /^::error::GitHub did not issue a token for api:\/\/AzureADTokenExchange: .*401/m)
  })

  test.serial('the token is renewed while a step waits', async (t) => {
    const { client } = actions.workspace
    for (const name of ['one', 'two', 'three'])
      await client.arm('PUT', `onlineEndpoints/renewal-${name}`, { location: 'local', properties: { authMode: 'Key' } })
    const before = actions.bearers.size
    const { emulator } = actions.workspace
    t.teardown(
      emulator.faults.add({
        match: { method: 'GET', path: '/onlineEndpoints/renewal-two' },
        times: 1,
        effect: { kind: 'answer', status: 503, headers: { 'retry-after': '3' } },
      }),
    )
    const run = await ask(actions.oidc)
    t.is(run.code, exitCodes.done, run.stdout)
    t.true(actions.bearers.size - before >= 2, 'More than one token was used.')
  })

  test.serial('a secret, or the JSON of older workflows, signs in where it is given', async (t) => {
    const { tenantId, clientId, clientSecret } = credentials()
    actions.issuer.issued.length = 0
    const secret = { 'tenant-id': tenantId, 'client-id': clientId, 'client-secret': clientSecret }
    const creds = { creds: JSON.stringify(credentials(), undefined, 2) }
    for (const signIn of [secret, creds]) {
      const run = await ask(signIn)
      t.is(run.code, exitCodes.done, run.stdout)
    }
    t.deepEqual(actions.issuer.issued, [])
    const implied = await actions.step('watch', { 'subscription-id': '' }, { signIn: creds })
    t.is(implied.code, exitCodes.done, 'The subscription is in the JSON.')
    const wrong = await ask({ ...secret, 'client-secret': 'not-this-one' })
    t.is(wrong.code, exitCodes.failed)
    t.regex(wrong.stdout, /^::error::.*AADSTS7000215.*The client secret is wrong/m)
    t.deepEqual(actions.issuer.issued, [], 'OIDC is no second try.')
  })

  test.serial(
    'inputs of two ways to sign in are a fault, and so is JSON that is none; neither is repeated',
    async (t) => {
      const { clientSecret } = credentials()
      const both = await ask({ ...actions.oidc, auth: 'oidc', 'client-secret': clientSecret })
      t.is(both.code, exitCodes['bad-input'])
      t.regex(both.stdout, /^::error::client-secret is not used by auth: oidc/m)
      for (const [creds, fault] of [
        [`{ clientSecret: ${clientSecret}`, 'must be a JSON object'],
        [JSON.stringify({ clientSecret, clientId: 'x' }), 'lacks tenantId'],
      ] as const) {
        const run = await ask({ creds })
        t.is(run.code, exitCodes['bad-input'])
        t.true(run.stdout.includes(`::error::creds ${fault}`), run.stdout)
        t.false(run.stdout.replaceAll(/^::add-mask::.*$/gm, '').includes(clientSecret))
      }
    },
  )

  test.serial('a managed identity signs in when the step says so', async (t) => {
    const place = await lasting(t)
    const token = await place.workspace.client.token()
    const server = createServer((request, response) => {
      const isToken = request.url?.startsWith('/metadata/identity/oauth2/token')
      response.writeHead(isToken ? 200 : 404, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({
          ...{ access_token: token, token_type: 'Bearer', resource: 'https://management.azure.com' },
          ...{ expires_in: '3600', expires_on: String(Math.floor(Date.now() / 1000) + 3600) },
        }),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const identity = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}` }
    const run = await ask({ auth: 'managed-identity' }, identity, place)
    t.is(run.code, exitCodes.done, run.stdout)
    const without = await ask({ auth: 'managed-identity' }, { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' })
    t.is(without.code, exitCodes.failed)
    t.regex(without.stdout, /^::error::This runner has no managed identity to sign in with/m)
  })

  test.serial('a session of the Azure CLI is used when the step says so, and only then', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-az-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const place = await lasting(t)
    const token = await place.workspace.client.token()
    const session = { accessToken: token, expiresOn: '2099-01-01 00:00:00.000000', expires_on: 4_070_908_800 }
    const [az, used] = [join(folder, 'az'), join(folder, 'used')]
    await writeFile(az, `#!/bin/sh\ntouch '${used}'\necho '${JSON.stringify({ ...session, tokenType: 'Bearer' })}'\n`)
    await chmod(az, 0o755)
    const environment = { PATH: `${folder}:${process.env.PATH}` }
    const run = await ask({ auth: 'azure-cli' }, environment, place)
    t.is(run.code, exitCodes.done, run.stdout)
    await rm(used)
    actions.issuer.claims = { subject: 'nobody' }
    await ask(actions.oidc, environment)
    actions.issuer.claims = {}
    await t.throwsAsync(rm(used), { code: 'ENOENT' }, 'az was not asked.')
    const none = await ask({ auth: 'azure-cli' }, { PATH: '/nowhere' })
    t.is(none.code, exitCodes.failed)
    t.regex(none.stdout, /^::error::There is no session of the Azure CLI/m)
  })
}
