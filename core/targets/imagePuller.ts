import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { AzureError } from '../azure/armError.ts'
import type { ImageEnvironment } from '../config/imageEnvironment.ts'
import { InputError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Puller } from './aciGroup.ts'

const credentials = z.looseObject({
  username: z.string(),
  passwords: z.array(z.looseObject({ value: z.string() })).min(1),
})

interface Refusal {
  readonly who: string
  readonly hint: string
}

const ofGroups: Refusal = {
  who: 'Container groups',
  hint: 'Name a user-assigned identity that may pull there (pullIdentity in the deployment configuration), or turn on the administrator of the registry.',
}

/**
 * Who pulls an image: the identity that the configuration names; the user whom the inference configuration names for
 * that registry; for a registry of Azure its administrator, where there is one; elsewhere nobody.
 */
export async function pullerOf(
  workspace: Workspace,
  options: {
    readonly image: string
    readonly environment: ImageEnvironment | undefined
    readonly identity: string | undefined
    /** How a registry that hands out no credentials is told. */
    readonly refused?: Refusal
  },
): Promise<Puller> {
  const { image, environment, identity, refused = ofGroups } = options
  const server = /^([^/]+[.:][^/]*)\//.exec(image)?.[1]
  if (server === undefined) return { kind: 'open' }
  if (identity !== undefined) return { kind: 'identity', server, identity }
  const base =
    environment?.kind === 'inline' && environment.base.kind === 'image' ? environment.base.registry : undefined
  if (base && base.address.replace(/^https:\/\//, '') === server)
    return { kind: 'password', server, username: base.username, password: base.password }
  const registry = /^([a-z0-9]+)\.azurecr\.(io|us|cn)$/i.exec(server)?.[1]
  return registry === undefined ? { kind: 'open' } : administrator(workspace, { server, registry, refused })
}

async function administrator(
  workspace: Workspace,
  { server, registry, refused }: { readonly server: string; readonly registry: string; readonly refused: Refusal },
): Promise<Puller> {
  const { containerRegistry } = await workspace.properties()
  const { subscriptionId, resourceGroup } = workspace.address
  const own = containerRegistry?.toLowerCase().endsWith(`/${registry.toLowerCase()}`)
  const id = own
    ? containerRegistry
    : `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${registry}`
  const client = await workspace.connection.client()
  const doing = `asking for the credentials of the registry "${registry}"`
  const query = { 'api-version': '2023-07-01' }
  try {
    const { body } = await client.send({ method: 'POST', path: `${id}/listCredentials`, query, doing, safe: true })
    const { username, passwords } = parseAnswer(credentials, body, doing)
    const password = passwords[0]?.value ?? ''
    workspace.connection.host.secret(password)
    return { kind: 'password', server, username, password }
  } catch (error) {
    if (!(error instanceof AzureError) || error.status === undefined || error.status >= 500) throw error
    throw new InputError(`${refused.who} cannot pull from ${server}: ${error.reason}`, {
      cause: error,
      hint: refused.hint,
    })
  }
}
