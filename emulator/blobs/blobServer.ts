import { mkdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { storageAudience } from '../identity/audiences.ts'
import type { Tokens } from '../identity/tokens.ts'
import { noTelemetry } from './noTelemetry.ts'
import { saveBeforeAnswer } from './saveBeforeAnswer.ts'

export interface BlobServer {
  /** Whether a path belongs to the storage account: `/<account>/<container>/<blob>`, or all of them at its own host. */
  readonly takes: (path: string, host: string) => boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  close(): Promise<void>
}

/**
 * The host at which clients find the account that know accounts by host only, once the name leads to this machine.
 * Older clients find the account's name by `.blob.core.`.
 */
export function storageHost(account: string): string {
  return `${account}.blob.core.localhost`
}

/** As many uploads are written to disk at once. */
const writers = 50

/**
 * The workspace's storage account: Azurite, put together from its parts inside this process, so that it ends when the
 * emulator ends, however that comes, answers on the emulator's own port and has this workspace's account and key.
 *
 * Azurite by itself writes its index to disk every five seconds; here the index is saved before a change is
 * answered, so that a killed emulator has lost nothing it acknowledged. Azurite only looks at what bearer tokens say;
 * here their signature is verified first.
 */
export async function blobServer(options: {
  readonly folder: string
  readonly account: string
  /** Base64. */
  readonly key: string
  readonly tokens: Tokens
}): Promise<BlobServer> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  noTelemetry()
  const [logger, models, blobIndexes, extentIndexes, extentStores, listeners, collectors] = await Promise.all([
    import('azurite/dist/src/common/Logger.js'),
    import('azurite/dist/src/common/models.js'),
    import('azurite/dist/src/blob/persistence/LokiBlobMetadataStore.js'),
    import('azurite/dist/src/common/persistence/LokiExtentMetadataStore.js'),
    import('azurite/dist/src/common/persistence/FSExtentStore.js'),
    import('azurite/dist/src/blob/BlobRequestListenerFactory.js'),
    import('azurite/dist/src/blob/gc/BlobGCManager.js'),
  ])
  const log = logger.default.default
  const blobs = new blobIndexes.default.default(join(options.folder, 'blobs.json'), false)
  const extents = new extentIndexes.default.default(join(options.folder, 'extents.json'), false)
  const store = new extentStores.default.default(
    extents,
    [{ locationId: 'Default', locationPath: join(options.folder, 'extents'), maxConcurrency: writers }],
    log,
  )
  const account = { name: options.account, key1: Buffer.from(options.key, 'base64') }
  await blobs.init()
  await extents.init()
  await store.init()
  const collector = new collectors.default.default(blobs, extents, store, () => undefined, log)
  await collector.start()
  const azurite = new listeners.default.default(
    blobs,
    store,
    { getAccount: (name) => (name === account.name ? account : undefined) },
    false,
    undefined,
    false,
    true,
    models.default.OAuthLevel.BASIC,
    false,
  ).createRequestListener()

  const saveExtents = promisify(extents.db.saveDatabase.bind(extents.db))
  const saveBlobs = promisify(blobs.db.saveDatabase.bind(blobs.db))
  const save = async (): Promise<void> => {
    // In this order: the blobs' index points at extents.
    await saveExtents()
    await saveBlobs()
  }

  return {
    takes: (path, host) =>
      path === `/${account.name}` ||
      path.startsWith(`/${account.name}/`) ||
      host.startsWith(`${storageHost(account.name)}:`),
    handle: (request, response) => {
      const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const allowed = bearer === undefined ? Promise.resolve() : options.tokens.verify(bearer, [storageAudience])
      allowed.then(
        () => {
          if (request.method !== 'GET' && request.method !== 'HEAD') saveBeforeAnswer(response, save)
          azurite(request, response)
        },
        () => {
          request.resume()
          response.writeHead(401, { 'content-type': 'application/xml', 'x-ms-error-code': 'InvalidAuthenticationInfo' })
          response.end(
            '<?xml version="1.0" encoding="utf-8"?><Error><Code>InvalidAuthenticationInfo</Code><Message>The bearer token is not valid for storage.</Message></Error>',
          )
        },
      )
    },
    close: async () => {
      await collector.close()
      await store.close()
      await blobs.close()
    },
  }
}
