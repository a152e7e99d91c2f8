import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { certificates } from '../../../emulator/tls/certificates.ts'
import { testWith } from '../../requirements.ts'
import { type BaseImage, baseImage } from '../image/baseImage.ts'
import { gateImage } from '../image/gateImage.ts'
import { ownBase } from '../image/packageCommand.ts'
import { OwnService } from '../operations/ownService.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { exchange } from '../runtime/exchange.ts'
import { struckRun } from './strike.ts'

const testGroups = testWith('docker with nginx and azureml-inference-server-http')

let workspace: WorkspaceUnderTest
let base: BaseImage
let gate: BaseImage
let tls: { readonly folder: string; readonly ca: string; readonly trusted: string }

testGroups.before(async () => {
  ;[base, gate] = await Promise.all([baseImage({ server: true }), gateImage()])
  workspace = await WorkspaceUnderTest.start({ runtime: 'docker' })
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-tls-'))
  const { ca, certificate, key } = certificates(folder, ['score.example.com'])
  await writeFile(join(folder, 'certificate.pem'), certificate)
  await writeFile(join(folder, 'key.pem'), key)
  const trusted = join(folder, 'trusted.pem')
  await writeFile(trusted, workspace.emulator.ca + ca)
  tls = { folder, ca, trusted }
})
testGroups.after.always(async () => {
  await workspace?.close()
  await removeBuilt()
  await Promise.all([base?.remove(), gate?.remove()])
  if (tls) await rm(tls.folder, { recursive: true, force: true })
})

const built = new Set<string>()

async function removeBuilt(): Promise<void> {
  const engine = await dockerEngine()
  for (const name of built)
    for (const { Id: id } of await engine.listImages({ filters: { reference: [`azureml-cd/${name}`] } }))
      await engine
        .getImage(id)
        .remove({ force: true })
        .catch(() => undefined)
}

/** A service of ACI whose images the workspace's registry builds on a base image of this machine. */
async function groupService(name: string, deployment: Readonly<Record<string, unknown>>): Promise<OwnService> {
  built.add(name)
  return OwnService.create(workspace, name, {
    inference: { environment: ownBase(base.name) },
    deployment: {
      computeType: 'ACI',
      maxConcurrentRequestsPerContainer: undefined,
      gateImage: gate.name,
      ...deployment,
    },
  })
}

function update(service: OwnService, version: string, bakeSeconds = 0): readonly string[] {
  const config = join(service.folder, 'inferenceconfig.json')
  return [...service.update(version, bakeSeconds), '--target', 'aci', '--inference-config', config]
}

const answer = z.object({ result: z.number(), model: z.object({ version: z.string() }) })

/** What the service answers to whoever has that key. */
async function asked(
  scoringUri: unknown,
  key?: string,
): Promise<{ readonly status: number; readonly version?: string }> {
  const url = new URL(String(scoringUri))
  const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) }
  const { status, body } = await exchange(url.origin, { path: url.pathname, headers, body: '{"data": []}' })
  return status === 200 ? { status, version: answer.parse(JSON.parse(body)).model.version } : { status }
}

async function keysOf(service: string, ...more: readonly string[]): Promise<readonly [string, string]> {
  const file = join(await workspace.folder(), 'keys.json')
  await workspace.done(['keys', '--service', service, '--target', 'aci', '--file', file, ...more])
  const { primaryKey, secondaryKey } = z
    .object({ primaryKey: z.string(), secondaryKey: z.string() })
    .parse(JSON.parse(await readFile(file, 'utf8')))
  return [primaryKey, secondaryKey]
}

testGroups.serial(
  'a service on ACI asks for its keys, moves to what is proven, and goes back from what is not',
  async (t) => {
    t.timeout(300_000)
    const service = await groupService('gated', { authEnabled: true })
    const deployed = await workspace.done([...service.deployment(await service.register()), '--target', 'aci'])
    const { scoringUri } = deployed.outputs
    t.regex(String(scoringUri), /^http:\/\/127\.\d+\.\d+\.\d+\/score$/)
    const [primary, secondary] = await keysOf('gated')
    t.deepEqual(await asked(scoringUri), { status: 401 })
    t.deepEqual(await asked(scoringUri, primary.toLowerCase() === primary ? 'x'.repeat(32) : primary.toLowerCase()), {
      status: 401,
    })
    for (const key of [primary, secondary]) t.deepEqual(await asked(scoringUri, key), { status: 200, version: '1' })
    const tested = ['test', '--service', 'gated', '--target', 'aci', '--requests', service.requests]
    t.is((await workspace.cli(tested)).code, 0)

    // Proven beside the service, then moved: the address and the keys stay.
    const good = await service.register()
    t.like((await workspace.done(update(service, good))).outputs, { outcome: 'promoted', scoringUri })
    t.deepEqual(await asked(scoringUri, primary), { status: 200, version: good })

    // Refused beside the service, which goes on.
    const broken = await service.register({ raise: 'this model cannot be loaded' })
    const crashed = await workspace.cli(update(service, broken))
    t.is(crashed.code, 3, crashed.stderr)
    t.regex(crashed.stderr, /this model cannot be loaded/)
    const wrong = await service.register({ badAfter: 0 })
    const refused = await workspace.cli(update(service, wrong))
    t.is(refused.code, 3, refused.stderr)
    t.regex(refused.stderr, /"gated-next" did not pass the test request "anything"/)
    t.deepEqual(await asked(scoringUri, primary), { status: 200, version: good })

    // Well when it is proven, wrong while it serves: the way back.
    const drifting = await service.register({ badAfter: 1 })
    const takenBack = await workspace.cli(update(service, drifting, 30))
    t.is(takenBack.code, 3, takenBack.stderr)
    t.regex(takenBack.stderr, /Take gated back/)
    t.is((await workspace.cli(tested)).code, 0)
    t.deepEqual(await asked(scoringUri, primary), { status: 200, version: good })

    const [other] = await keysOf('gated', '--regenerate', 'primary')
    t.is((await workspace.cli(tested)).code, 0)
    t.deepEqual(await asked(scoringUri, primary), { status: 401 })
    t.deepEqual(await asked(scoringUri, other), { status: 200, version: good })
    const logs = await workspace.done(['logs', '--service', 'gated', '--target', 'aci'])
    t.regex(logs.stderr + logs.stdout, /told \{/)

    const engine = await dockerEngine()
    const groups = async () =>
      (await engine.listContainers({ all: true })).filter(({ Ports: ports }) =>
        ports.some(({ IP: address }) => address === new URL(String(scoringUri)).hostname),
      )
    t.is((await groups()).length, 1)
    await workspace.done(['remove', '--service', 'gated', '--target', 'aci', '--force'])
    t.is((await groups()).length, 0)
    await t.throwsAsync(asked(scoringUri, other), { code: 'ECONNREFUSED' })
  },
)

testGroups.serial('a service on ACI speaks TLS with the certificate of its name', async (t) => {
  t.timeout(180_000)
  const service = await groupService('ciphered', {
    ...{ authEnabled: true, sslEnabled: true, cname: 'score.example.com' },
    ...{ sslCertificate: join(tls.folder, 'certificate.pem'), sslKey: join(tls.folder, 'key.pem') },
  })
  const environment = { NODE_EXTRA_CA_CERTS: tls.trusted }
  const order = [...service.deployment(await service.register()), '--target', 'aci']
  const { outputs } = await workspace.done(order, { environment })
  const url = new URL(String(outputs.scoringUri))
  t.is(url.protocol, 'https:')
  const [key] = await keysOf('ciphered')
  const answered = await new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const options = { method: 'POST', ca: tls.ca, servername: 'score.example.com', headers }
    request(url, options, (response) => resolve(text(response)))
      .once('error', reject)
      .end('{"data": []}')
  })
  t.is(answer.parse(JSON.parse(answered)).model.version, '1')
  // Whoever does not trust the certificate sends no key.
  const strange = await workspace.cli([
    'test',
    '--service',
    'ciphered',
    '--target',
    'aci',
    '--requests',
    service.requests,
  ])
  t.not(strange.code, 0)
  t.regex(strange.stderr + strange.stdout, /certificate/)
})

testGroups.serial('a new service that does not start is deleted, and its log is told', async (t) => {
  t.timeout(180_000)
  const service = await groupService('stillborn-group', {})
  const version = await service.register({ raise: 'no such weights' })
  const run = await workspace.cli([...service.deployment(version), '--target', 'aci'])
  t.is(run.code, 1, run.stderr)
  t.regex(run.stderr, /no such weights/)
  t.regex(run.stderr, /It was deleted; nothing served before it\./)
})

/** Begins an update and kills it when Azure has been asked to write the service's own group. */
async function killedInMove(service: OwnService, version: string): Promise<void> {
  const { signal } = await struckRun(workspace, update(service, version), ({ method, url = '' }) =>
    method === 'PUT' && url.includes(`containerGroups/${service.name}?`) ? 'answered' : undefined,
  )
  if (signal !== 'SIGKILL') throw new Error('The run ended before it was to be killed.')
}

testGroups.serial(
  'what a killed run has moved is proven by the next one, which goes back when it is not well',
  async (t) => {
    t.timeout(240_000)
    const service = await groupService('interrupted', {})
    const { outputs } = await workspace.done([...service.deployment(await service.register()), '--target', 'aci'])
    const good = await service.register()
    await killedInMove(service, good)
    const finished = await workspace.done(update(service, good))
    t.regex(finished.stderr, /A run that was ended has moved interrupted; it is proven now\./)
    t.is(finished.outputs.outcome, 'promoted')
    t.deepEqual(await asked(outputs.scoringUri), { status: 200, version: good })
    t.is((await workspace.done(update(service, good))).outputs.outcome, 'unchanged')

    const drifting = await service.register({ badAfter: 1 })
    await killedInMove(service, drifting)
    const back = await workspace.cli(update(service, drifting, 30))
    t.is(back.code, 3, back.stderr)
    t.regex(back.stderr, /Take interrupted back/)
    t.is(
      (await workspace.cli(['test', '--service', 'interrupted', '--target', 'aci', '--requests', service.requests]))
        .code,
      0,
    )
    t.deepEqual(await asked(outputs.scoringUri), { status: 200, version: good })
  },
)
