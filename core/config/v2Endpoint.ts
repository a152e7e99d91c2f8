import { checkDocument } from './check.ts'
import { textsOf } from './deploymentTexts.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import { type ConfigWarning, faultsError } from './faults.ts'
import { anyText, anything, section, textField, textMap, word } from './fields.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'
import type { TargetName } from './targetNames.ts'
import { v2KindOf, type Words } from './v2Words.ts'

/** An online endpoint as `az ml` of v2 and its SDK write it. */
export const v2OnlineEndpoint = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  description: anyText.optional(),
  tags: textMap.optional(),
  auth_mode: word(['key', 'aml_token', 'aad_token']).optional(),
  public_network_access: word(['enabled', 'disabled']).optional(),
  compute: textField.optional(),
  type: anything,
  traffic: anything,
  mirror_traffic: anything,
  identity: anything,
  defaults: anything,
  properties: anything,
  location: anything,
})

/** A batch endpoint as `az ml` of v2 and its SDK write it. */
export const v2BatchEndpoint = section({
  $schema: anyText.optional(),
  name: textField.optional(),
  description: anyText.optional(),
  tags: textMap.optional(),
  auth_mode: word(['aad_token']).optional(),
  defaults: anything,
  identity: anything,
  properties: anything,
  location: anything,
})

/** Of deployments and traffic, operations decide; the rest has no place here. */
const unread = ['traffic', 'mirror_traffic', 'defaults', 'identity', 'properties', 'location'].map((key) => [key])

export const onlineEndpointWords: Words = {
  auth_mode: 'authMode',
  public_network_access: 'publicNetworkAccess',
  compute: 'computeTargetName',
  tags: 'tags',
  description: 'description',
}

/** What a file says of an endpoint, whatever is deployed on it. What is undefined was not said. */
export interface EndpointFile {
  /** Where services on such an endpoint live. */
  readonly target: Extract<TargetName, 'managed' | 'aks' | 'batch'>
  readonly name: string | undefined
  readonly authMode: 'Key' | 'AMLToken' | 'AADToken' | undefined
  readonly publicNetworkAccess: 'Enabled' | 'Disabled' | undefined
  /** The attached cluster, of endpoints on Kubernetes. */
  readonly compute: string | undefined
  readonly description: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly file: string
  readonly warnings: readonly ConfigWarning[]
}

const authModes = { key: 'Key', aml_token: 'AMLToken', aad_token: 'AADToken' } as const
const access = { enabled: 'Enabled', disabled: 'Disabled' } as const

/** @throws InputError with every fault of the file, or when it is no endpoint of v2 */
export function parseEndpointFile(source: SourceFile): EndpointFile {
  const document = parseDocument(source)
  const kind = v2KindOf(document)
  if (kind !== undefined && kind !== 'online-endpoint' && kind !== 'batch-endpoint')
    throw faultsError(document.file, [
      {
        line: 1,
        path: [],
        message: `An endpoint is required here; this is the ${kind.replace('-', ' ')} of a service.`,
      },
    ])
  const given = kind === 'batch-endpoint' ? checkedBatch(document) : checkedOnline(document)
  const { public_network_access: open, compute } = 'compute' in given ? given : {}
  const { auth_mode: mode, name, description } = given
  return {
    target: kind === 'batch-endpoint' ? 'batch' : compute === undefined ? 'managed' : 'aks',
    ...{ name, description, file: document.file },
    authMode: mode && authModes[mode],
    publicNetworkAccess: open && access[open],
    compute: compute && computeName(compute),
    tags: textsOf('tags', given, document),
    warnings: endpointWarnings(document),
  }
}

/** The name in `azureml:NAME` and in an ARM id. */
export function computeName(reference: string): string {
  return reference.split(/[:/]/).at(-1) ?? reference
}

export function endpointWarnings(document: ConfigDocument): readonly ConfigWarning[] {
  return ignoredKeysWarning(document, unread, 'An endpoint that is made here')
}

export function checkedOnline(document: ConfigDocument) {
  return checkDocument({ document, schema: v2OnlineEndpoint, partial: v2OnlineEndpoint.partial(), rules: () => [] })
}

export function checkedBatch(document: ConfigDocument) {
  return checkDocument({ document, schema: v2BatchEndpoint, partial: v2BatchEndpoint.partial(), rules: () => [] })
}
