import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator } from '../../emulator/index.ts'
import { testWith } from '../requirements.ts'
import { clientCertificate } from './clients/assertions.ts'
import { clientEnvironment, runProgram } from './clients/program.ts'

testWith('az')(
  'az registers the emulator as a cloud, signs in with a secret and with a certificate, and uses rest and resource',
  async (t) => {
    t.timeout(180_000)
    const certificate = clientCertificate()
    const emulator = await createEmulator({
      runtime: 'process',
      blobs: false,
      clientCertificates: [certificate.certificate],
    })
    t.teardown(() => emulator.close())
    const { clientId, clientSecret, tenantId, subscriptionId, workspace, resourceGroup } = emulator
    const configuration = join(emulator.envFile, '..', 'azure')
    mkdirSync(configuration)
    const env = clientEnvironment(emulator, { AZURE_CONFIG_DIR: configuration, AZURE_CORE_COLLECT_TELEMETRY: 'no' })
    const url = env.EMULATOR_URL ?? ''
    const az = async (...args: readonly string[]): Promise<unknown> => {
      const said = await runProgram('az', [...args, '--output', 'json'], { env })
      return said === '' ? undefined : JSON.parse(said)
    }
    const path = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
    const version = 'api-version=2025-09-01'

    await az(
      ...['cloud', 'register', '--name', 'Emulated', '--endpoint-resource-manager', url],
      // azure-cli 2.45 asks Microsoft about every authority that is not AD FS.
      ...['--endpoint-active-directory', `${url}/adfs`, '--endpoint-active-directory-resource-id', url],
      ...['--endpoint-active-directory-graph-resource-id', url],
      ...['--suffix-storage-endpoint', `core.${new URL(url).host}`],
    )
    await az('cloud', 'set', '--name', 'Emulated')

    const signIn = ['login', '--service-principal', '--username', clientId, '--tenant', tenantId, '--password']
    t.like(await az(...signIn, clientSecret), [{ id: subscriptionId, state: 'Enabled', tenantId }])

    const properties = { modelUri: 'azureml://datastores/workspaceblobstore/paths/m', modelType: 'custom_model' }
    const model = `${url}${path}/models/diabetes/versions/1?${version}`
    await az('rest', '--method', 'put', '--url', model, '--body', JSON.stringify({ properties }))
    const models = await az('rest', '--method', 'get', '--url', `${url}${path}/models?${version}`)
    t.like(models, { value: [{ name: 'diabetes', properties: { latestVersion: '1' } }] })

    const type = 'Microsoft.MachineLearningServices/workspaces'
    const show = ['resource', 'show', '--resource-group', resourceGroup, '--name', workspace, '--resource-type', type]
    t.like(await az(...show), { id: path, name: workspace, kind: 'Default' })

    const certificateFile = join(configuration, 'client.pem')
    writeFileSync(certificateFile, certificate.pem, { mode: 0o600 })
    await az(...signIn, certificateFile)
    t.like(await az('resource', 'list', '--resource-type', type), [{ name: workspace, type }])
  },
)
