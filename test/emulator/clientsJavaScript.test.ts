import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exportJWK } from 'jose'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python } from '../requirements.ts'
import { assertion, clientCertificate } from './clients/assertions.ts'
import { clientEnvironment, runProgram } from './clients/program.ts'

const certificate = clientCertificate()
const issuer = 'https://token.pipelines.example'
const pipeline = generateKeyPairSync('rsa', { modulusLength: 2048 })

let emulator: Emulator

test.before(async () => {
  emulator = await createEmulator({
    runtime: 'process',
    python,
    clientCertificates: [certificate.certificate],
    federatedCredentials: [
      { issuer, subject: 'main', keys: { keys: [{ ...(await exportJWK(pipeline.publicKey)), kty: 'RSA' }] } },
    ],
  })
})

test.after.always(() => emulator?.close())

test("Microsoft's client for JavaScript registers, deploys, moves traffic, scores and deletes", async (t) => {
  const certificateFile = join(emulator.caFile, '..', 'client.pem')
  writeFileSync(certificateFile, certificate.pem, { mode: 0o600 })
  const env = clientEnvironment(emulator, {
    CERTIFICATE: certificateFile,
    ASSERTION: await assertion({
      key: pipeline.privateKey,
      algorithm: 'RS256',
      issuer,
      subject: 'main',
      audience: 'api://AzureADTokenExchange',
    }),
  })
  const seen: unknown = JSON.parse(
    await runProgram(process.execPath, ['test/emulator/clients/machineLearning.mjs'], { env }),
  )
  t.deepEqual(seen, {
    datastores: ['workspaceartifactstore', 'workspaceblobstore'],
    active: ['2', '1'],
    archived: ['3'],
    pageByPage: ['3', '2', '1'],
    tagged: ['1'],
    container: { latest: '3', next: '4' },
    missing: {
      statusCode: 404,
      code: 'UserError',
      message: 'The specified resource was not found.',
    },
    environments: ['1'],
    created: 'Succeeded',
    deployments: ['green Succeeded', 'blue Succeeded'],
    scored: [404, 'model 1', 'model 2', 'model 2'],
    regenerated: [true, true],
    withOldKey: 401,
    logged: true,
    skus: 1,
    broken: true,
    gone: 404,
    left: ['3', '2'],
  })
})
