import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { operations } from '../../core/operations/index.ts'
import { OwnService } from '../core/operations/ownService.ts'
import { ActionsUnderTest } from './actionsUnderTest.ts'
import type { StepRun } from './runner.ts'

let actions: ActionsUnderTest
test.before(async () => {
  actions = await ActionsUnderTest.start()
})
test.after.always(() => actions?.close())

const keys = z.object({ primaryKey: z.string(), secondaryKey: z.string() })

/** Secrets that lie about in a job, by where: none of them is any step's business. */
const ofTheJob = {
  AZURE_CLIENT_SECRET: 'planted-client-secret-of-the-job',
  AZURE_CLIENT_CERTIFICATE_PASSWORD: 'planted-certificate-password',
  GITHUB_TOKEN: 'ghs_plantedTokenOfTheRepository00000000',
  ACTIONS_RUNTIME_TOKEN: 'planted-runtime-token',
  AZURE_STORAGE_KEY: 'cGxhbnRlZC1zdG9yYWdlLWtleQ==',
  IDENTITY_HEADER: 'planted-identity-header',
  HTTPS_PROXY: 'http://somebody:planted-proxy-password@proxy.example:8080',
  NPM_TOKEN: 'npm_plantedTokenOfTheRegistry0000000000',
} as const

test('twenty secrets are planted, every operation runs and fails in between, and none of them is found again', async (t) => {
  const { workspace, issuer } = actions
  const { emulator, client } = workspace
  const primaryKey = 'planted-primary-key-0123456789abcdef'
  const secondaryKey = 'planted-secondary-key-0123456789abcd'
  const password = 'planted-registry-password'
  const header = 'planted-request-header'
  const service = await OwnService.create(workspace, 'planted', {
    deployment: { keys: { primaryKey, secondaryKey }, authEnabled: true },
    inference: {
      environment: {
        docker: {
          baseImage: 'registry.example/scoring:1',
          baseImageRegistry: { address: 'registry.example', username: 'reader', password },
        },
        python: { userManagedDependencies: true },
      },
    },
  })
  const { tenantId, clientId, clientSecret, subscriptionId } = emulator
  const secret = { 'tenant-id': tenantId, 'client-id': clientId, 'client-secret': clientSecret }
  const creds = { creds: JSON.stringify({ clientId, clientSecret, tenantId, subscriptionId }) }
  const wrong = { ...secret, 'client-secret': 'planted-secret-that-is-wrong' }

  const runs: StepRun[] = []
  const leftBehind: string[] = []
  const performed = new Set<string>()
  const step = async (
    action: string,
    inputs: Readonly<Record<string, string>>,
    signIn: Readonly<Record<string, string>> = actions.oidc,
    environment: Readonly<Record<string, string>> = {},
  ) => {
    performed.add(action)
    const run = await actions.step(action, inputs, {
      signIn,
      environment: { ...ofTheJob, RUNNER_DEBUG: '1', ...environment },
      beforeTidying: async (folder) => {
        // Keys are what the action keys is there to hand out, and only there.
        if (action === 'keys') await rm(join(folder, 'output'))
        leftBehind.push(await everythingIn(folder))
      },
    })
    runs.push(action === 'keys' ? { ...run, outputs: {} } : run)
    return run
  }
  const files = {
    'inference-config': join(service.folder, 'inferenceconfig.json'),
    'deployment-config': join(service.folder, 'deploymentconfig.json'),
    requests: service.requests,
    'bake-seconds': '0',
  }
  const first = await service.register()
  const bad = await service.register({ badAfter: 0 })
  const model = `planted:${first}`
  await step('register', { name: 'planted', path: service.folder })
  const deployed = await step('deploy', { service: 'planted', model, ...files, tags: `note=${header}` }, secret)
  t.is(deployed.code, 0, deployed.stdout)
  await step('deploy', { service: 'planted', model, ...files })
  await step('test', { service: 'planted', requests: service.requests }, creds)
  await step('update', { service: 'planted', model: `planted:${bad}`, requests: service.requests, 'bake-seconds': '0' })
  const handedOut = await step('keys', { service: 'planted' })
  t.like(handedOut.outputs, { 'primary-key': primaryKey, 'secondary-key': secondaryKey })
  await step('show', { service: 'planted' })
  await step('logs', { service: 'planted' })
  const remembered = { STATE_rollout: JSON.stringify({ service: 'planted' }) }
  t.regex((await step('post', {}, secret, remembered)).summary, /planted: the run was stopped/)
  const packaged = { models: model, 'inference-config': files['inference-config'] }
  await step('package', { ...packaged, folder: await workspace.folder() })
  await step('profile', {
    image: 'planted:1',
    requests: service.requests,
    folder: await workspace.folder(),
    cpus: 'many',
  })
  await step('compute', { action: 'detach', name: 'nothing', 'dry-run': 'true' })
  await step('invoke', { service: 'nothing', input: 'azureml://datastores/workspaceblobstore/paths/x' })
  await step('watch', {}, wrong)
  await step('download', { model, folder: await workspace.folder() })
  await step('watch', { 'api-version': 'soon' }, { ...actions.oidc, 'client-secret': clientSecret, auth: 'oidc' })
  await step('remove', { service: 'nothing' }, { creds: `{"clientSecret":"${clientSecret}"` })
  issuer.claims = { subject: 'somebody else' }
  await step('watch', {})
  issuer.claims = {}
  const served = keys.parse((await client.arm('POST', 'onlineEndpoints/planted/listKeys')).body)
  t.is(served.primaryKey, primaryKey)
  await step('remove', { service: 'planted', force: 'true' })

  t.deepEqual(
    Object.keys(operations).filter((name) => !performed.has(name)),
    [],
  )

  const planted: readonly string[] = [
    ...Object.values({ ...ofTheJob, HTTPS_PROXY: 'planted-proxy-password' }),
    ...[primaryKey, secondaryKey, password, clientSecret, wrong['client-secret'], issuer.requestToken],
    ...[emulator.controlToken, ...issuer.issued, ...actions.bearers],
  ]
  t.true(planted.length >= 20, String(planted.length))
  const texts = runs.flatMap((run) => [
    // A mask must name what it masks; the runner does not show that.
    run.stdout.replaceAll(/^::add-mask::.*$/gm, ''),
    ...[run.stderr, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state)],
  ])
  for (const one of new Set(planted))
    for (const form of [one, encodeURIComponent(one), Buffer.from(one).toString('base64')])
      for (const text of [...texts, ...leftBehind]) t.false(text.includes(form), form)
})

/** The text of every file below a folder. */
async function everythingIn(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile())
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join('\n')
}
