// An embedded workspace with one model of as many versions as told, in a process of its own. It prints what a caller
// needs as one line of JSON when it answers.
//
//   node manyVersionsProgram.js FOLDER COUNT
import { join } from 'node:path'
import { createEmulator } from '../emulator/index.ts'
import { WorkspaceState } from '../emulator/state/workspaceState.ts'

const [, , location = '', count = '0'] = process.argv
const state = new WorkspaceState(join(location, 'state.jsonl'))
const { containers, versions } = state.assets.models
const properties = { modelUri: 'azureml://datastores/workspaceblobstore/paths/x', modelType: 'custom_model' }
containers.set('many', {
  ...state.created(),
  ...{ name: 'many', properties: {}, latestVersion: count, highestVersion: Number(count) },
})
for (let version = 1; version <= Number(count); version += 1)
  versions.set(`many/${version}`, { ...state.created(), name: 'many', version: String(version), properties })
state.close()

const emulator = await createEmulator({ location, blobs: false, runtime: 'process' })
const { url, ca, tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = emulator
const provider = `resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices`
console.log(
  JSON.stringify({
    ...{ url, ca, tenantId, clientId, clientSecret, pid: process.pid },
    list: `${url}/subscriptions/${subscriptionId}/${provider}/workspaces/${workspace}/models/many/versions`,
  }),
)
