/** What the JSON of `azure/login` and of the deprecated `aml-*` actions says. */
export interface Creds {
  readonly kind: 'creds'
  readonly clientId: string
  readonly clientSecret: string
  readonly tenantId: string
  readonly subscriptionId: string | undefined
  /** The address of the resource manager, by which older tools told the cloud; undefined is Azure's public cloud. */
  readonly resourceManager: string | undefined
}

const required = ['clientId', 'clientSecret', 'tenantId'] as const

/** Reads the JSON; the fault never repeats any of it. */
export function parseCreds(text: string): Creds | { readonly kind: 'fault'; readonly fault: string } {
  const document = jsonObject(text)
  if (!document)
    return {
      kind: 'fault',
      fault: 'must be a JSON object with clientId, clientSecret, tenantId and subscriptionId; it is none',
    }
  const texts = new Map(
    Object.entries(document).flatMap(([key, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[key, value.trim()] as const] : [],
    ),
  )
  const lacking = required.filter((key) => !texts.has(key))
  if (lacking.length > 0) return { kind: 'fault', fault: `lacks ${lacking.join(' and ')}` }
  return {
    kind: 'creds',
    clientId: texts.get('clientId') ?? '',
    clientSecret: texts.get('clientSecret') ?? '',
    tenantId: texts.get('tenantId') ?? '',
    subscriptionId: texts.get('subscriptionId'),
    resourceManager: texts.get('resourceManagerEndpointUrl')?.replace(/\/+$/, ''),
  }
}

const managers: Readonly<Record<string, string>> = {
  'https://management.azure.com': 'public',
  'https://management.usgovcloudapi.net': 'usgovernment',
  'https://management.chinacloudapi.cn': 'china',
}

/** The cloud of a resource manager, by the name that the input `cloud` takes. */
export function cloudOf(resourceManager: string | undefined): string | undefined {
  return resourceManager === undefined ? undefined : (managers[resourceManager] ?? resourceManager)
}

function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
