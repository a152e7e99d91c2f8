import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { HttpClient } from '@azure/core-rest-pipeline'
import { ClientSecretCredential } from '@azure/identity'
import type { ExecutionContext } from 'ava'
import type { BlobContainer } from '../../../core/azure/blobs.ts'
import { trustingHttpClient } from '../../../core/azure/httpClient.ts'
import { openDatastore } from '../../../core/workspace/openDatastore.ts'
import { Workspace } from '../../../core/workspace/workspace.ts'
import { createEmulator, type Emulator } from '../../../emulator/index.ts'

export interface TestStorage {
  readonly emulator: Emulator
  readonly workspace: Workspace
  readonly httpClient: HttpClient
  readonly secrets: string[]
  readonly container: BlobContainer
  close(): Promise<void>
}

/** An embedded workspace over real HTTPS, and the container of its default datastore opened as a user would. */
export async function startStorage(): Promise<TestStorage> {
  const emulator = await createEmulator({ runtime: 'process' })
  const httpClient = trustingHttpClient([emulator.ca])
  const secrets: string[] = []
  const silent = () => undefined
  const { subscriptionId, resourceGroup, workspace: name, url: cloud, tenantId, clientId, clientSecret } = emulator
  const workspace = new Workspace(
    { subscriptionId, resourceGroup, workspace: name, cloud },
    {
      credential: async ({ authorityHost }) =>
        new ClientSecretCredential(tenantId, clientId, clientSecret, {
          authorityHost,
          httpClient,
          disableInstanceDiscovery: true,
        }),
      log: { debug: silent, info: silent, warning: silent, error: silent },
      signal: new AbortController().signal,
      secret: (value) => secrets.push(value),
      progress: silent,
    },
    { httpClient },
  )
  const container = await openDatastore(workspace, await workspace.datastores.default())
  return { emulator, workspace, httpClient, secrets, container, close: () => emulator.close() }
}

/** A folder that is gone after the test, with these files in it. */
export async function folderWith(
  t: ExecutionContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

/** Bytes that look random and are the same every time. */
export function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed
  for (let index = 0; index + 4 <= size; index += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes.writeUInt32LE(state, index)
  }
  return bytes
}
