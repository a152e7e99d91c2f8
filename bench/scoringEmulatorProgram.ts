// An embedded workspace whose one endpoint is served by the server at the given address, in a process of its own. It
// prints what a caller needs as one line of JSON when everything is deployed.
//
//   node scoringEmulatorProgram.js ADDRESS
import { Agent, request } from 'undici'
import { z } from 'zod'
import { createEmulator } from '../emulator/index.ts'

const backend = process.argv[2] ?? ''
const forever = new Promise<never>(() => undefined)
const emulator = await createEmulator({
  runtime: {
    kind: 'process',
    description: 'a server that is there already',
    start: async () => ({ url: backend, exited: forever, ready: async () => undefined, stop: async () => undefined }),
  },
})
const dispatcher = new Agent({ connect: { ca: emulator.ca } })
const { url, tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = emulator
const workspaceUrl = `${url}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`

const signedIn = await request(`${url}/${tenantId}/oauth2/v2.0/token`, {
  dispatcher,
  method: 'POST',
  body: new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: `${url}/.default` },
  }).toString(),
})
const { access_token: token } = z.object({ access_token: z.string() }).parse(await signedIn.body.json())

async function ask(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const address = path.startsWith('https:') ? path : `${workspaceUrl}/${path}?api-version=2025-09-01`
  const answer = await request(address, {
    ...{ dispatcher, method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
    body: body === undefined ? null : JSON.stringify(body),
  })
  if (answer.statusCode >= 300) throw new Error(`${method} ${address}: ${await answer.body.text()}`)
  const operation = answer.headers['azure-asyncoperation']
  const said = await answer.body.json()
  if (typeof operation === 'string') await finished(operation)
  return said
}

async function finished(operation: string): Promise<void> {
  for (;;) {
    const { status } = z.looseObject({ status: z.string() }).parse(await ask('GET', operation))
    if (status === 'Succeeded') return
    if (status === 'Failed') throw new Error('The deployment of the benchmark failed.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const upload = z
  .object({
    blobReferenceForConsumption: z.object({ blobUri: z.string(), credential: z.object({ sasUri: z.string() }) }),
  })
  .parse(await ask('POST', 'codes/bench/versions/1/startPendingUpload', {})).blobReferenceForConsumption
const [container, signature] = upload.credential.sasUri.split('?')
const put = await request(`${container}/code/score.py?${signature}`, {
  ...{ dispatcher, method: 'PUT', body: 'def init(): pass\ndef run(data): return data\n' },
  headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' },
})
await put.body.dump()
await ask('PUT', 'codes/bench/versions/1', { properties: { codeUri: `${upload.blobUri}/code` } })

const location = 'local'
const endpoint = (traffic: Record<string, number>) => ({ location, properties: { authMode: 'Key', traffic } })
await ask('PUT', 'onlineEndpoints/bench', endpoint({}))
await ask('PUT', 'onlineEndpoints/bench/deployments/blue', {
  ...{ location, sku: { name: 'Default', capacity: 1 } },
  properties: {
    endpointComputeType: 'Managed',
    codeConfiguration: {
      codeId: `${new URL(workspaceUrl).pathname}/codes/bench/versions/1`,
      scoringScript: 'score.py',
    },
    requestSettings: { maxConcurrentRequestsPerInstance: 100 },
  },
})
await ask('PUT', 'onlineEndpoints/bench', endpoint({ blue: 100 }))
const { primaryKey: key } = z
  .object({ primaryKey: z.string() })
  .parse(await ask('POST', 'onlineEndpoints/bench/listKeys'))
console.log(JSON.stringify({ url, ca: emulator.ca, key }))
