import { InputError } from '../errors.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** The registry that builds: its ARM id, and the host name of its images. */
export async function registryId(
  workspace: Workspace,
  wanted: string | undefined,
): Promise<{ readonly id: string; readonly loginServer: string }> {
  const { subscriptionId, resourceGroup } = workspace.address
  const id =
    wanted === undefined
      ? (await workspace.properties()).containerRegistry
      : wanted.startsWith('/')
        ? wanted
        : `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${wanted.replace(/\.azurecr\.[a-z]+$/i, '')}`
  if (!id)
    throw new InputError(
      `The workspace "${workspace.address.workspace}" has no container registry yet; Azure ML makes one with the first image it builds.`,
      { hint: 'Name a registry.' },
    )
  const name = /\/registries\/([a-zA-Z0-9]{5,50})\/?$/.exec(id)?.[1]
  if (name === undefined) throw new InputError(`"${id}" is no container registry of Azure.`)
  const client = await workspace.connection.client()
  const doing = `reading the container registry "${name}"`
  const { body } = await client.send({ method: 'GET', path: id, query: { 'api-version': '2023-07-01' }, doing })
  const loginServer = loginServerOf(body) ?? `${name.toLowerCase()}.azurecr.io`
  return { id, loginServer }
}

function loginServerOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('properties' in body)) return undefined
  const { properties } = body
  if (typeof properties !== 'object' || properties === null || !('loginServer' in properties)) return undefined
  return typeof properties.loginServer === 'string' ? properties.loginServer : undefined
}
