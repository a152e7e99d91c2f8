import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Answer, Client } from './client.ts'

/** An entry script that tells which model it has. */
export const answeringScript = `
import json, os
def init():
    global model
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "name.txt")) as file:
        model = file.read()
def run(raw_data):
    asked = json.loads(raw_data)
    if asked.get("fail"):
        raise RuntimeError("told to fail")
    if "exit" in asked:
        os._exit(asked["exit"])
    if "sleep" in asked:
        import time
        time.sleep(asked["sleep"])
    return {"model": model}
`

/** Writes a blob with a signature for its container, as clients do that got one from `listSecrets`. */
export async function putBlob(client: Client, path: string, content: string): Promise<Answer> {
  return client.send('PUT', await signedAddress(client, path), {
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' },
    text: content,
  })
}

export async function getBlob(client: Client, path: string): Promise<unknown> {
  return (await client.send('GET', await signedAddress(client, path))).body
}

async function signedAddress(client: Client, path: string): Promise<string> {
  const { body: store } = await client.arm('GET', 'datastores/workspaceblobstore')
  const { body: secrets } = await client.arm('POST', 'datastores/workspaceblobstore/listSecrets', {
    expirableSecret: true,
  })
  const { accountName, containerName, endpoint } = z
    .object({ properties: z.object({ accountName: z.string(), containerName: z.string(), endpoint: z.string() }) })
    .parse(store).properties
  const { sasToken } = z.object({ sasToken: z.string() }).parse(secrets)
  return `https://${endpoint}/${accountName}/${containerName}/${path}?${sasToken}`
}

/** Registers a version of the model `diabetes` that holds its own version's name. */
export async function putModel(client: Client, version: string): Promise<string> {
  const path = `LocalUpload/${randomUUID()}/model`
  await putBlob(client, `${path}/name.txt`, `version ${version}`)
  await client.arm('PUT', `models/diabetes/versions/${version}`, {
    properties: { modelUri: `azureml://datastores/workspaceblobstore/paths/${path}`, modelType: 'custom_model' },
  })
  return `${client.workspace}/models/diabetes/versions/${version}`
}

/** Registers code with one file, `score.py`. */
export async function putCode(client: Client, script: string): Promise<string> {
  const name = randomUUID()
  await putBlob(client, `code/${name}/score.py`, script)
  await client.arm('PUT', `codes/${name}/versions/1`, {
    properties: { codeUri: `azureml://datastores/workspaceblobstore/paths/code/${name}` },
  })
  return `${client.workspace}/codes/${name}/versions/1`
}

/** A batch endpoint with a default deployment that tells the names of its files, and one file to run it over. */
export async function putBatchService(client: Client, name: string): Promise<{ readonly input: string }> {
  await putBlob(client, `inputs/${name}/one.txt`, '1')
  const endpoint = (defaults: object) =>
    client.arm('PUT', `batchEndpoints/${name}`, {
      location: 'local',
      properties: { authMode: 'AADToken', ...defaults },
    })
  await client.finished(await endpoint({}))
  await client.finished(
    await client.arm('PUT', `batchEndpoints/${name}/deployments/first`, {
      location: 'local',
      properties: {
        codeConfiguration: { codeId: await putCode(client, 'run = list\n'), scoringScript: 'score.py' },
      },
    }),
  )
  await client.finished(await endpoint({ defaults: { deploymentName: 'first' } }))
  return { input: `azureml://datastores/workspaceblobstore/paths/inputs/${name}` }
}

export function putEndpoint(
  client: Client,
  name: string,
  traffic: Readonly<Record<string, number>> = {},
): Promise<Answer> {
  return client.arm('PUT', `onlineEndpoints/${name}`, { location: 'local', properties: { authMode: 'Key', traffic } })
}

export function putDeployment(
  client: Client,
  options: {
    readonly endpoint: string
    readonly name: string
    readonly model: string
    readonly code: string
    readonly requestSettings?: unknown
  },
): Promise<Answer> {
  const { endpoint, name, model, code, requestSettings } = options
  return client.arm('PUT', `onlineEndpoints/${endpoint}/deployments/${name}`, {
    location: 'local',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      model,
      codeConfiguration: { codeId: code, scoringScript: 'score.py' },
      requestSettings: { maxConcurrentRequestsPerInstance: 50, ...Object(requestSettings) },
    },
  })
}

export async function scoringKey(client: Client, endpoint: string): Promise<string> {
  const { body } = await client.arm('POST', `onlineEndpoints/${endpoint}/listKeys`)
  return z.object({ primaryKey: z.string() }).parse(body).primaryKey
}

export function score(
  client: Client,
  options: {
    readonly endpoint: string
    readonly key: string
    readonly data?: unknown
    readonly deployment?: string
  },
): Promise<Answer> {
  const { endpoint, key, data = {}, deployment } = options
  return client.send('POST', `/endpoints/${endpoint}/score`, {
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(deployment === undefined ? {} : { 'azureml-model-deployment': deployment }),
    },
    text: JSON.stringify(data),
  })
}
