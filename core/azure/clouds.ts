import { createDefaultHttpClient, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline'
import { z } from 'zod'
import { InputError } from '../errors.ts'
import { parseAnswer } from './answers.ts'
import { AzureError } from './armError.ts'
import { timeLimit } from './timeLimit.ts'

/** Where a cloud's services are and for whom its tokens are. URLs end without a slash. */
export interface Cloud {
  readonly name: string
  readonly resourceManager: string
  /** The scope of resource manager tokens. */
  readonly audience: string
  readonly authorityHost: string
  /** For instance `core.windows.net`. */
  readonly storageSuffix: string
  /** For whom tokens are that score on endpoints with Entra authentication. */
  readonly mlAudience: string
  /** True for clouds that Microsoft's instance discovery does not know. */
  readonly custom: boolean
}

const known: Readonly<Record<string, Cloud>> = {
  public: {
    name: 'public',
    resourceManager: 'https://management.azure.com',
    audience: 'https://management.azure.com/.default',
    authorityHost: 'https://login.microsoftonline.com',
    storageSuffix: 'core.windows.net',
    mlAudience: 'https://ml.azure.com',
    custom: false,
  },
  usgovernment: {
    name: 'usgovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    audience: 'https://management.usgovcloudapi.net/.default',
    authorityHost: 'https://login.microsoftonline.us',
    storageSuffix: 'core.usgovcloudapi.net',
    mlAudience: 'https://ml.azure.us',
    custom: false,
  },
  china: {
    name: 'china',
    resourceManager: 'https://management.chinacloudapi.cn',
    audience: 'https://management.chinacloudapi.cn/.default',
    authorityHost: 'https://login.chinacloudapi.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    mlAudience: 'https://ml.azure.cn',
    custom: false,
  },
}

const metadata = z.looseObject({
  name: z.string().optional(),
  resourceManager: z.url().optional(),
  authentication: z.looseObject({ loginEndpoint: z.url(), audiences: z.array(z.string().min(1)).min(1) }),
  suffixes: z.looseObject({ storage: z.string().optional() }).optional(),
})

const metadataDocument = z.union([metadata, z.array(metadata).min(1)])

/**
 * The cloud by name, or, for the `https` address of a resource manager, as that describes itself.
 * Throws an InputError for an unknown name or an address that is not `https`: tokens are never sent in the clear.
 */
export async function resolveCloud(options: {
  readonly cloud: string
  readonly httpClient?: HttpClient | undefined
  readonly signal?: AbortSignal | undefined
}): Promise<Cloud> {
  const { cloud, httpClient = createDefaultHttpClient(), signal } = options
  const found = known[cloud.toLowerCase()]
  if (found) return found
  const url = URL.canParse(cloud) ? new URL(cloud) : undefined
  if (url?.protocol !== 'https:')
    throw new InputError(
      `The cloud "${cloud}" is not known: it is one of ${Object.keys(known).join(', ')}, or the https address of a resource manager.`,
      url?.protocol === 'http:' ? { hint: 'Tokens are sent over https only.' } : {},
    )
  return describeCustomCloud({ resourceManager: withoutSlash(url.href), httpClient, signal })
}

async function describeCustomCloud(options: {
  readonly resourceManager: string
  readonly httpClient: HttpClient
  readonly signal: AbortSignal | undefined
}): Promise<Cloud> {
  const { resourceManager, httpClient, signal } = options
  const doing = `asking ${resourceManager} to describe itself as a cloud`
  const request = createPipelineRequest({
    url: `${resourceManager}/metadata/endpoints?api-version=2022-09-01`,
    abortSignal: timeLimit(30_000, signal),
  })
  const response = await httpClient.sendRequest(request).catch((failure: unknown) => {
    signal?.throwIfAborted()
    throw AzureError.fromFailure(doing, failure)
  })
  if (response.status !== 200) throw AzureError.fromAnswer(doing, response)
  const document = parseAnswer(metadataDocument, jsonOrUndefined(response.bodyAsText), doing)
  // Azure's own document is a list of clouds; the one meant is the one that names this resource manager.
  const list = Array.isArray(document) ? document : [document]
  const own = list.find((entry) => withoutSlash(entry.resourceManager ?? '') === resourceManager) ?? list[0]
  const authorityHost = withoutSlash(own?.authentication.loginEndpoint ?? '')
  const audience = withoutSlash(own?.authentication.audiences[0] ?? '')
  if (!authorityHost.startsWith('https://'))
    throw new AzureError({
      doing,
      code: 'UnexpectedAnswer',
      reason: `Its login endpoint "${authorityHost}" is not https.`,
    })
  return {
    name: own?.name ?? new URL(resourceManager).host,
    resourceManager,
    audience: `${audience}/.default`,
    authorityHost,
    storageSuffix: own?.suffixes?.storage ?? new URL(resourceManager).hostname,
    mlAudience: known.public?.mlAudience ?? audience,
    custom: true,
  }
}

function jsonOrUndefined(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
