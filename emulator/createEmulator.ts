import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type RuntimeChoice, scoringRuntime } from '../core/runtime/scoringRuntime.ts'
import type { ScoringRuntime } from '../core/runtime/scoringServer.ts'
import { Operations, type Transitions } from './arm/operations.ts'
import { containerSignature } from './arm/pendingUpload.ts'
import { workspacePath } from './arm/workspaceParts.ts'
import { blobClient } from './blobs/blobClient.ts'
import { blobServer, storageHost } from './blobs/blobServer.ts'
import { ImageBuilds } from './builds/imageBuilds.ts'
import { carryOnAfterRestart } from './carryOnAfterRestart.ts'
import { clientVariables } from './clientVariables.ts'
import { controlPlane } from './controlPlane.ts'
import { environmentFile } from './environmentFile.ts'
import { EventGrid, eventGridRetrySeconds } from './events/eventGrid.ts'
import { Handshakes } from './events/handshake.ts'
import { Webhook } from './events/webhook.ts'
import { firstContents } from './firstContents.ts'
import { ContainerGroups } from './groups/containerGroups.ts'
import { earlyRequests } from './http/earlyRequests.ts'
import { Faults } from './http/faults.ts'
import { listener } from './http/listener.ts'
import { listen, stopListening } from './http/listening.ts'
import { RequestRecorder } from './http/requestRecorder.ts'
import { ClientAssertions, type FederatedCredential } from './identity/clientAssertion.ts'
import { Tokens } from './identity/tokens.ts'
import { locationLock } from './locationLock.ts'
import { Chronicle } from './page/chronicle.ts'
import { pageRoutes } from './page/pageRoutes.ts'
import { resetWorkspace } from './resetWorkspace.ts'
import { BatchJobs } from './serving/batchJobs.ts'
import { RequestFigures } from './serving/requestFigures.ts'
import { scoringProxy } from './serving/scoringProxy.ts'
import { Serving } from './serving/serving.ts'
import { WorkspaceState } from './state/workspaceState.ts'
import { certificates } from './tls/certificates.ts'
import { workspaceIdentity } from './workspaceIdentity.ts'

export interface EmulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number | undefined
  /** The address to listen on. Another one than 127.0.0.1, the default, is for containers, where only they are reached. */
  readonly listen?: string | undefined
  /** Names beside 127.0.0.1 and localhost by which clients reach it, for instance in a network of containers. */
  readonly hosts?: readonly string[] | undefined
  /** Where everything is kept. Without it, in a temporary folder that is removed when the emulator is closed. */
  readonly location?: string | undefined
  /**
   * How deployments are run; by default in Docker where an engine of this machine answers, else as processes. A runtime
   * of one's own runs them in any other way.
   */
  readonly runtime?: RuntimeChoice | ScoringRuntime | Promise<ScoringRuntime> | undefined
  /** The interpreter for deployments that run as processes. */
  readonly python?: string | undefined
  /** False leaves the storage account out, for tests of the rest. */
  readonly blobs?: boolean | undefined
  readonly transitions?: Transitions | undefined
  /** Whether fields that Azure does not know are told of, in the log and in a header of the answer. */
  readonly strict?: boolean | undefined
  /** How long the delivery of an event waits before each further attempt; as Event Grid does by default. */
  readonly eventRetrySeconds?: readonly number[] | undefined
  readonly subscriptionId?: string | undefined
  readonly resourceGroup?: string | undefined
  readonly workspace?: string | undefined
  /** Certificates, as PEM texts, with whose keys the service principal may sign in instead of with its secret. */
  readonly clientCertificates?: readonly string[] | undefined
  /** Other issuers, a pipeline's for instance, with whose tokens the service principal may sign in. */
  readonly federatedCredentials?: readonly FederatedCredential[] | undefined
  /** Default: an hour. */
  readonly tokenLifetimeSeconds?: number | undefined
  readonly log?: ((line: string) => void) | undefined
}

const loopback = '127.0.0.1'

/** A running embedded workspace. */
export interface Emulator {
  /** `https://127.0.0.1:port`, without a slash at the end. */
  readonly url: string
  /** PEM of the certificate authority that clients must trust, as a file and as text. */
  readonly caFile: string
  readonly ca: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly envFile: string
  /** Where a person can look at it; the token in it opens the page once, and is not sent with the request. */
  readonly pageUrl: string
  /** For `/_emulator/…`, in the header `x-azureml-cd-emulator-token`. */
  readonly controlToken: string
  /** `docker` or `process`. */
  readonly runtime: ScoringRuntime['kind']
  readonly faults: Faults
  readonly requests: RequestRecorder
  close(): Promise<void>
}

/**
 * Starts an embedded workspace in this process. Resolves when it answers and, on a folder that was used before, when
 * what was deployed is up again (or has crashed, which only the log tells).
 * Throws `UserError` when the folder or the port is taken, or the runtime is not there.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const undo: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return await start(options, undo, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function start(options: EmulatorOptions, undo: (() => unknown)[], close: () => Promise<void>): Promise<Emulator> {
  const location = await stateFolder(options.location, undo)
  undo.push(await locationLock(location))
  // Looking for Docker and Python takes the longest of all; the rest does not wait for it.
  const choosing = chooseRuntime(options, location)
  const chosen = choosing.catch(() => undefined)
  undo.push(() => chosen)
  const identity = await workspaceIdentity(location, options)
  const hosts = [
    ...(options.hosts ?? []).map((host) => host.toLowerCase()),
    ...(options.blobs === false ? [] : [storageHost(identity.storageAccount)]),
  ]
  const tls = certificates(join(location, 'tls'), hosts)
  const state = new WorkspaceState(join(location, 'state.jsonl'))
  undo.push(() => state.close())
  const chronicle = new Chronicle(state, identity)
  const log = (line: string): void => {
    chronicle.note(line)
    options.log?.(line)
  }
  const tokens = new Tokens(identity, options.tokenLifetimeSeconds)
  const assertions = new ClientAssertions({
    clientId: identity.clientId,
    certificates: options.clientCertificates ?? [],
    federated: options.federatedCredentials ?? [],
  })
  const faults = new Faults()
  const requests = new RequestRecorder()

  const server = createServer({
    cert: tls.certificate,
    key: tls.key,
    // Longer than clients keep idle connections, so that none sends a request on one that is just being closed.
    keepAliveTimeout: 120_000,
    headersTimeout: 130_000,
    // A large blob on a slow machine takes its time.
    requestTimeout: 0,
  })
  const answerWith = earlyRequests(server)
  const address = options.listen ?? loopback
  const url = `https://${loopback}:${await listen(server, { port: options.port ?? 0, address })}`
  undo.push(() => stopListening(server))

  const blobs = blobClient({ identity, url, ca: tls.ca })
  const operations = new Operations({
    records: state.operations,
    transitions: options.transitions ?? { kind: 'immediate' },
    workspaceId: identity.workspaceId,
  })
  const workspace = { identity, state }
  const serving = new Serving({ folder: join(location, 'deployments'), workspace, runtime: choosing, blobs, log })
  undo.push(() => serving.close())
  const webhook = new Webhook(tls.ca)
  const handshakes = new Handshakes({ webhook, address: () => url })
  const events = new EventGrid({
    state,
    topic: workspacePath(identity),
    webhook,
    retrySeconds: options.eventRetrySeconds ?? eventGridRetrySeconds,
    deadLetters: join(location, 'dead-letters'),
    faults: faults.events,
    log,
  })
  undo.push(() => events.close())
  const python = options.python ?? 'python3'
  const batchJobs = new BatchJobs({ folder: join(location, 'batch'), workspace, blobs, python, events })
  undo.push(() => batchJobs.close())
  undo.push(() => operations.close())
  const unknownFieldLog = options.strict ? log : undefined
  const builds = new ImageBuilds({
    state,
    blobs,
    account: identity.storageAccount,
    signature: (container) => containerSignature({ blobs, container, hours: 2 }),
  })
  undo.push(() => builds.close())
  const groups = new ContainerGroups({ workspace, runtime: choosing, owner: ownerOf(location), python })
  undo.push(() => groups.close())
  const services = { operations, serving, batchJobs, builds, groups, events, handshakes, blobs }
  const parts = { identity, state, tokens, faults, unknownFieldLog, ...services }

  const storage =
    options.blobs === false
      ? undefined
      : await blobServer({
          folder: join(location, 'blobs'),
          account: identity.storageAccount,
          key: identity.storageKey,
          tokens,
        })
  if (storage) undo.push(() => storage.close())
  const figures = new RequestFigures()
  const reset = (): Promise<void> => resetWorkspace(parts, storage !== undefined).then(() => chronicle.clear())
  const page = pageRoutes({ parts, figures, chronicle, runtime: choosing })
  const plane = getRequestListener(controlPlane({ parts, requests, assertions, page, reset }).fetch, {
    overrideGlobalObjects: false,
  })
  answerWith(
    listener({
      destinations: [
        ...(storage ? [storage] : []),
        scoringProxy({ state, serving, tokens, figures }),
        { takes: () => true, handle: (request, response) => void plane(request, response) },
      ],
      faults,
      requests,
      controlToken: identity.controlToken,
      hosts: [loopback, 'localhost', ...hosts],
      anyPort: address !== loopback,
    }),
  )

  const runtime = await choosing
  await firstContents(parts, storage === undefined ? undefined : blobs)
  await carryOnAfterRestart(parts, log)
  const envFile = join(location, 'azureml-cd.env')
  environmentFile(envFile, clientVariables({ identity, url, caFile: tls.caFile }))
  const { subscriptionId, resourceGroup, tenantId, clientId, clientSecret, controlToken } = identity
  const pageUrl = `${url}/#token=${controlToken}`
  return {
    ...{ url, caFile: tls.caFile, ca: tls.ca, subscriptionId, resourceGroup, workspace: identity.workspace },
    ...{
      tenantId,
      clientId,
      clientSecret,
      envFile,
      controlToken,
      pageUrl,
      runtime: runtime.kind,
      faults,
      requests,
      close,
    },
  }
}

async function chooseRuntime(options: EmulatorOptions, location: string): Promise<ScoringRuntime> {
  const { runtime: wanted = 'auto', python } = options
  const runtime =
    typeof wanted === 'object'
      ? await wanted
      : await scoringRuntime(wanted, {
          ...(python === undefined ? {} : { python }),
          owner: ownerOf(location),
        })
  await runtime.sweep?.()
  return runtime
}

/** Whom containers belong to. */
function ownerOf(location: string): string {
  return createHash('sha256').update(location).digest('hex').slice(0, 12)
}

async function stateFolder(location: string | undefined, undo: (() => unknown)[]): Promise<string> {
  if (location === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), 'azureml-cd-emulator-'))
    undo.push(() => rm(temporary, { recursive: true, force: true }))
    return temporary
  }
  const folder = resolve(location)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}
