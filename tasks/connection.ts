import { InputError } from '../core/index.ts'
import { agent, type Endpoint } from './agent.ts'

/** How a service connection signs in. */
export type SignInBy =
  | { readonly kind: 'secret'; readonly tenantId: string; readonly clientId: string; readonly secret: string }
  | { readonly kind: 'certificate'; readonly tenantId: string; readonly clientId: string; readonly pem: string }
  | { readonly kind: 'managed identity'; readonly clientId: string | undefined }
  | { readonly kind: 'federation'; readonly tenantId: string; readonly clientId: string }

/** A service connection to Azure Resource Manager, and the workspace it knows when it was made for one. */
export interface AzureConnection {
  readonly id: string
  readonly signInBy: SignInBy
  readonly cloud: string
  readonly subscriptionId: string | undefined
  readonly resourceGroup: string | undefined
  readonly workspace: string | undefined
}

const clouds: Readonly<Record<string, string>> = {
  'management.azure.com': 'public',
  'management.usgovcloudapi.net': 'usgovernment',
  'management.chinacloudapi.cn': 'china',
}

/**
 * Reads a connection as the agent hands it over; every scheme of the type `azurerm` that can sign in.
 * Throws an InputError for a connection of another kind, or one that lacks something.
 */
export function readConnection(id: string, endpoint: Endpoint): AzureConnection {
  const { url, scheme, data } = endpoint
  if (url === undefined || scheme === undefined)
    throw new InputError(agent.message('ConnectionMissing', id), { hint: agent.message('ConnectionMissingHint') })
  return {
    id,
    signInBy: signInBy(id, scheme, endpoint),
    cloud: cloudAt(id, url),
    subscriptionId: data('subscriptionId'),
    // Connections for a resource group or a whole subscription may carry leftovers of these.
    ...(data('scopeLevel')?.toLowerCase() === 'azuremlworkspace'
      ? { resourceGroup: data('resourceGroupName'), workspace: data('mlWorkspaceName') }
      : { resourceGroup: undefined, workspace: undefined }),
  }
}

function signInBy(id: string, scheme: string, { data, parameter }: Endpoint): SignInBy {
  const required = (key: string): string => {
    const value = parameter(key)
    if (value === undefined) throw new InputError(agent.message('ConnectionLacks', id, key))
    return value
  }
  switch (scheme.toLowerCase()) {
    case 'serviceprincipal': {
      const principal = { tenantId: required('tenantid'), clientId: required('serviceprincipalid') }
      return parameter('authenticationType')?.toLowerCase() === 'spncertificate'
        ? { kind: 'certificate', ...principal, pem: required('servicePrincipalCertificate') }
        : { kind: 'secret', ...principal, secret: required('serviceprincipalkey') }
    }
    case 'workloadidentityfederation':
      return { kind: 'federation', tenantId: required('tenantid'), clientId: required('serviceprincipalid') }
    case 'managedserviceidentity':
      return { kind: 'managed identity', clientId: data('msiclientId') }
    default:
      throw new InputError(agent.message('ConnectionScheme', id, scheme), {
        hint: agent.message('ConnectionSchemeHint'),
      })
  }
}

/** Known clouds by their address rather than by the name, because the requests go to the address. */
function cloudAt(id: string, url: string): string {
  if (!URL.canParse(url)) throw new InputError(agent.message('ConnectionAddress', id, url))
  const { host, origin } = new URL(url)
  return clouds[host] ?? origin
}

/** What the ARM id of a workspace says; the artifact type names workspaces by it. */
export function workspaceInId(id: string | undefined) {
  const [, subscriptionId, resourceGroup, workspace] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)$/i.exec(
      id ?? '',
    ) ?? []
  return workspace === undefined ? undefined : { subscriptionId, resourceGroup, workspace }
}
