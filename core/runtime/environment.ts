import { join, posix } from 'node:path'
import type { ScoringServerSpec } from './scoringServer.ts'

/** Where the server finds the user's files: folders of this machine, or of a container. */
export interface ServerFolders {
  readonly source: string
  readonly models: string | undefined
}

/**
 * The variables a scoring server is started with. The user's own come first, then what only the runtime can know.
 * Layout and names are those of a managed deployment (reference v1-surface.md 4.5 and 4.7).
 */
export function serverEnvironment(spec: ScoringServerSpec, folders: ServerFolders): Readonly<Record<string, string>> {
  const modelDirectory = modelDirectoryOf(spec, folders)
  return {
    ...(spec.requestTimeoutMilliseconds === undefined
      ? {}
      : { SCORING_TIMEOUT_MS: String(Math.ceil(spec.requestTimeoutMilliseconds)) }),
    ...spec.environmentVariables,
    // The user's source folder is not ours to write compiled files into.
    PYTHONDONTWRITEBYTECODE: '1',
    AML_APP_ROOT: folders.source,
    AZUREML_ENTRY_SCRIPT: spec.entryScript,
    ...(modelDirectory === undefined ? {} : { AZUREML_MODEL_DIR: modelDirectory }),
  }
}

function modelDirectoryOf(spec: ScoringServerSpec, folders: ServerFolders): string | undefined {
  if (folders.models === undefined) return undefined
  const [first, ...more] = spec.models
  if (first === undefined || more.length > 0) return folders.models
  const path = folders.models.startsWith('/') ? posix : { join }
  return path.join(folders.models, first.name, first.version)
}

const inheritedNames = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'SYSTEMROOT',
  'TEMP',
]
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/**
 * What of this process' own environment a scoring server on this machine may see: what it needs to find programs,
 * certificates and proxies. Nothing else, so that no credential of a pipeline reaches the user's code by accident.
 */
export function inheritedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const inherited: Record<string, string> = {}
  for (const name of inheritedNames) {
    const value = environment[name]
    if (value !== undefined) inherited[name] = value
  }
  for (const name of proxyNames) {
    const value = environment[name]
    // A proxy's address may hold a password, which counts as a credential.
    if (value !== undefined && !value.includes('@')) inherited[name] = value
  }
  return inherited
}
