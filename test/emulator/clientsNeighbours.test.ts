import test from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { clientEnvironment, runProgram } from './clients/program.ts'

let emulator: Emulator

test.before(async () => {
  emulator = await createEmulator({ runtime: 'process', blobs: false })
})

test.after.always(() => emulator?.close())

test("Microsoft's clients for container groups, clusters and registries make, read, list, change, restart and delete", async (t) => {
  const seen: unknown = JSON.parse(
    await runProgram(process.execPath, ['test/emulator/clients/neighbours.mjs'], { env: clientEnvironment(emulator) }),
  )
  t.deepEqual(seen, {
    group: { state: 'Succeeded', fqdn: 'by-the-client.local.azurecontainer.io', view: 'Running' },
    secrets: false,
    groups: [['service'], ['service']],
    restarts: [1],
    tags: { made: 'later' },
    logs: 'string',
    stopped: 'Stopped',
    started: 'Running',
    groupGone: { statusCode: 404, code: 'ResourceNotFound' },
    cluster: { state: 'Succeeded', nodes: [3] },
    clusters: [['cluster'], ['cluster']],
    kubeconfig: 'kind: Config',
    clusterTags: { purpose: 'test' },
    clusterGone: { statusCode: 404, code: 'ResourceNotFound' },
    registry: { state: 'Succeeded', server: 'theregistry.azurecr.io' },
    login: { username: 'theregistry', passwords: 2 },
    noLogin: 'UnAuthorizedForCredentialOperations',
    registryGone: { statusCode: 404, code: 'ResourceNotFound' },
  })
})
