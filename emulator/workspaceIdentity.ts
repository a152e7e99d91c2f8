import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { z } from 'zod'
import { UserError } from '../core/errors.ts'

const identity = z.object({
  version: z.literal(1),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  workspace: z.string(),
  workspaceId: z.string(),
  location: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  objectId: z.string(),
  clientSecret: z.string(),
  storageAccount: z.string(),
  /** Base64. */
  storageKey: z.string(),
  controlToken: z.string(),
  signingKey: z.looseObject({ kty: z.string() }),
})

/** Who the embedded workspace is, and its secrets: made once, then the same after every restart. */
export type WorkspaceIdentity = Readonly<z.infer<typeof identity>>

/** What a caller may choose instead of a made-up name. */
export interface ChosenNames {
  readonly subscriptionId?: string | undefined
  readonly resourceGroup?: string | undefined
  readonly workspace?: string | undefined
}

/**
 * Reads `identity.json`, readable by the owner only, or makes it.
 * Throws `UserError` when the folder belongs to a workspace of another name than asked for.
 */
export async function workspaceIdentity(folder: string, chosen: ChosenNames): Promise<WorkspaceIdentity> {
  const path = join(folder, 'identity.json')
  if (existsSync(path)) return readIdentity(path, chosen)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const made: WorkspaceIdentity = {
    version: 1,
    subscriptionId: chosen.subscriptionId ?? randomUUID(),
    resourceGroup: chosen.resourceGroup ?? 'emulated',
    workspace: chosen.workspace ?? 'emulated',
    workspaceId: randomUUID(),
    location: 'local',
    tenantId: randomUUID(),
    clientId: randomUUID(),
    objectId: randomUUID(),
    clientSecret: randomBytes(30).toString('base64url'),
    storageAccount: `emulated${randomBytes(5).toString('hex')}`,
    storageKey: randomBytes(64).toString('base64'),
    controlToken: randomBytes(30).toString('base64url'),
    signingKey: { ...(await exportJWK(privateKey)), kty: 'EC', alg: 'ES256', use: 'sig', kid: randomUUID() },
  }
  // Renamed into place, so that a process killed here leaves no half of it.
  writeFileSync(`${path}.new`, JSON.stringify(made, undefined, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return made
}

function readIdentity(path: string, chosen: ChosenNames): WorkspaceIdentity {
  const parsed = identity.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  if (!parsed.success)
    throw new UserError(`The file ${path} is not the identity of an embedded workspace of this version.`, {
      cause: parsed.error,
    })
  for (const name of ['subscriptionId', 'resourceGroup', 'workspace'] as const)
    if (chosen[name] !== undefined && chosen[name] !== parsed.data[name])
      throw new UserError(
        `The folder of ${path} holds the workspace whose ${name} is "${parsed.data[name]}", not "${chosen[name]}".`,
        { hint: 'Choose another folder for another workspace.' },
      )
  return parsed.data
}
