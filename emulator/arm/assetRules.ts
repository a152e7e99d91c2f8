import { mlError, notFound } from '../armError.ts'
import type { Bag } from '../state/records.ts'
import type { AssetKind } from '../state/workspaceState.ts'

/** How the kinds of assets differ. */
export interface AssetRules {
  readonly kind: AssetKind
  /** As error texts name it. */
  readonly noun: string
  /** Begins the error codes: `ModelNotFound`. */
  readonly code: string
  /** The property that says where the data is; it never changes once there. */
  readonly uri: string | undefined
  /** What Azure answers for properties of a version that nobody gave; clients rely on them being there. */
  readonly defaults: Bag
}

export const assetRules: readonly AssetRules[] = [
  {
    kind: 'models',
    noun: 'Model',
    code: 'Model',
    uri: 'modelUri',
    defaults: { modelType: 'custom_model', flavors: {} },
  },
  { kind: 'codes', noun: 'Code', code: 'Code', uri: 'codeUri', defaults: {} },
  { kind: 'environments', noun: 'Environment', code: 'Environment', uri: undefined, defaults: {} },
  { kind: 'data', noun: 'Data', code: 'Data', uri: 'dataUri', defaults: {} },
]

export function containerNotFound({ noun, code }: AssetRules, name: string): Error {
  return notFound(`${code}NotFound`, `${noun} container with name: ${name} not found.`)
}

export function versionNotFound({ noun, code }: AssetRules, name: string, version: string): Error {
  return notFound(`${code}VersionNotFound`, `${noun} version ${name}:${version} not found.`)
}

/** Azure spells `resourceGroups` in URIs its own way, whatever was sent. */
export function normalizedProperties({ uri }: AssetRules, properties: Bag): Bag {
  const given = uri === undefined ? undefined : properties[uri]
  if (uri === undefined || typeof given !== 'string') return properties
  return { ...properties, [uri]: given.replace(/\/resourcegroups\//i, '/resourceGroups/') }
}

/** Throws `ArmError` 400 when an update would point an existing version at other data. */
export function checkUpdate({ uri }: AssetRules, before: Bag, after: Bag): void {
  if (uri === undefined || after[uri] === undefined || after[uri] === before[uri]) return
  throw mlError({ status: 400, message: 'Asset paths cannot be updated.' })
}
