import { createHash } from 'node:crypto'
import { journalIn } from '../rollout/journal.ts'
import { caseless, clusterSettingsOf, compared, egressOf } from '../rollout/live.ts'
import type { Deployment, DeploymentSpec } from '../workspace/deployment.ts'
import { type Service, sameId, servedFirst } from '../workspace/service.ts'

/**
 * A deployment's name from its content: `v3-1f0c29ab`. Equal content has an equal name, so that two runs that want the
 * same never make two candidates, and a run that was killed finds its own again. Endpoint rules: 3 to 32 letters,
 * digits and `-`, first a letter.
 */
export function candidateName(spec: DeploymentSpec, version: string): string {
  return nameFromContent(settingsDigest(spec), version)
}

/** A deployment's name from the version of its model and a digest of everything it is made of. */
export function nameFromContent(digest: string, version: string): string {
  const readable = version.replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 17)
  return `v${readable}-${digest.slice(0, 8)}`.replaceAll(/-+/g, '-')
}

/** The same for the same settings, whatever their order and the spelling of ids. */
export function settingsDigest(spec: DeploymentSpec): string {
  const egress = canonical(egressOf(spec), 'egressPublicNetworkAccess')
  const content: unknown[] = [...compared.map((key) => [key, canonical(spec[key], key)]), egress]
  // Only where it is said: the names of deployments that say nothing of it stay what they were.
  const cluster = clusterSettingsOf(spec)
  if (cluster) content.push(canonical(cluster, 'clusterSettings'))
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** What serves now, with another model and everything else as it is: what an update brings in. */
export function candidateFrom(
  service: Service,
  model: { readonly id: string; readonly version: string },
): DeploymentSpec | undefined {
  const { endpoint, deployments } = service
  const journal = journalIn(endpoint.tags)
  const underWay = deployments.find(({ name, model: used }) => name === journal?.candidate && sameId(used, model.id))
  // A candidate that is already there is the intent, even where the service filled in what was not said.
  if (underWay) return cloned(underWay, model.id, underWay.name)
  const [served] = servedFirst(service)
  if (!served) return undefined
  const spec = cloned(served, model.id, served.name)
  return { ...spec, name: candidateName(spec, model.version) }
}

function cloned(
  { raw, provisioningState: _, id: __, sku: ___, ...spec }: Deployment,
  model: string,
  name: string,
): DeploymentSpec {
  // `properties.properties` is the service's own notebook about the old deployment.
  const { properties: ____, ...settings } = raw
  return { ...spec, raw: settings, model, name }
}

/** The same for the same value: keys sorted, what ARM compares without regard to case in lower case. */
export function canonical(value: unknown, key: string): unknown {
  if (typeof value === 'string') return caseless.has(key) ? value.toLowerCase() : value
  if (Array.isArray(value)) return value.map((item) => canonical(item, key))
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, canonical(inner, name)])
}
