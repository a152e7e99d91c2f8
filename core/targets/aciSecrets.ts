import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { ContainerGroup } from '../azure/containerGroups.ts'
import type { AciDeploymentConfig } from '../config/aciDeployment.ts'
import { InputError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { GroupSecrets } from './aciGroup.ts'

/** Where the secrets of a service on ACI are kept: Azure does not tell those of a container group again. */
export function connectionOf(service: string): string {
  return `azureml-cd-${service}`
}

/** What a move that is under way comes from, so that the run after one that was killed can go back to it. */
export interface Move {
  /** The service's group as it was; undefined when nothing served. */
  readonly from: ContainerGroup | undefined
  readonly secrets: GroupSecrets | undefined
}

/** What is kept of a service: its secrets, and, until a move is proven, what it came from. */
export interface Kept {
  readonly secrets: GroupSecrets
  readonly move: Move | undefined
}

const secretTexts = z.object({
  primaryKey: z.string().default(''),
  secondaryKey: z.string().default(''),
  tlsCertificate: z.string().default(''),
  tlsKey: z.string().default(''),
})
const looksLikeGroup = z.looseObject({ osType: z.string(), containers: z.array(z.looseObject({ name: z.string() })) })
const moveText = z.object({
  from: z.custom<ContainerGroup>((value) => looksLikeGroup.safeParse(value).success).optional(),
  secrets: secretTexts.optional(),
})

/** Undefined when nothing is kept. */
export async function keptOf(workspace: Workspace, service: string): Promise<Kept | undefined> {
  const kept = await workspace.connections.secrets(connectionOf(service))
  if (!kept) return undefined
  const { move } = kept
  const { from, secrets } = move === undefined ? {} : moveText.parse(JSON.parse(move))
  return { secrets: secretTexts.parse(kept), move: move === undefined ? undefined : { from, secrets } }
}

/** What a service is to have: what its configuration gives, or else what it had, or else new keys. */
export async function wantedSecrets(options: {
  readonly config: AciDeploymentConfig
  readonly kept: GroupSecrets | undefined
  readonly read: (path: string) => Promise<string>
}): Promise<GroupSecrets> {
  const { config, kept, read } = options
  const { tls, keys } = config
  const [tlsCertificate, tlsKey] = tls ? [await read(tls.certificate), await read(tls.key)] : ['', '']
  if (tls && !/-----BEGIN CERTIFICATE-----/.test(tlsCertificate))
    throw new InputError(`sslCertificate: the file "${tls.certificate}" holds no PEM certificate.`)
  if (tls && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(tlsKey))
    throw new InputError(`sslKey: the file "${tls.key}" holds no PEM private key.`)
  return {
    primaryKey: keys?.primaryKey ?? (kept?.primaryKey || newKey()),
    secondaryKey: keys?.secondaryKey ?? (kept?.secondaryKey || newKey()),
    ...{ tlsCertificate, tlsKey },
  }
}

export async function keep(workspace: Workspace, service: string, { secrets, move }: Kept): Promise<void> {
  const all: Readonly<Record<string, string>> = { ...secrets, ...(move ? { move: JSON.stringify(move) } : {}) }
  // A connection keeps no empty texts.
  const keys = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
  await workspace.connections.put(connectionOf(service), { target: `azureml-cd:aci:${service}`, keys })
}

export function newKey(): string {
  return randomBytes(24).toString('base64url')
}
