import { randomBytes } from 'node:crypto'
import type { AciDeploymentConfig } from '../config/aciDeployment.ts'
import { InputError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { GroupSecrets } from './aciGroup.ts'

/** Where the secrets of a service on ACI are kept: Azure does not tell those of a container group again. */
export function connectionOf(service: string): string {
  return `azureml-cd-${service}`
}

/** What is kept of a service; undefined when nothing is. */
export async function keptSecrets(workspace: Workspace, service: string): Promise<GroupSecrets | undefined> {
  const kept = await workspace.connections.secrets(connectionOf(service))
  if (!kept) return undefined
  const { primaryKey = '', secondaryKey = '', tlsCertificate = '', tlsKey = '' } = kept
  return { primaryKey, secondaryKey, tlsCertificate, tlsKey }
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

export async function keepSecrets(workspace: Workspace, service: string, secrets: GroupSecrets): Promise<void> {
  // A connection keeps no empty texts.
  const keys = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))
  await workspace.connections.put(connectionOf(service), { target: `azureml-cd:aci:${service}`, keys })
}

export function newKey(): string {
  return randomBytes(24).toString('base64url')
}
