import { createHash } from 'node:crypto'
import type { LocalDeploymentConfig } from '../../config/localDeployment.ts'
import { InputError, RefusedError } from '../../errors.ts'
import { type Scoring, sendProbes } from '../../rollout/probes.ts'
import type { ModelVersion } from '../../workspace/modelVersion.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { Delivered, Delivery, ServedModel, ServiceFiles, ServiceStatus, Target } from '../target.ts'

/** One way of running services on this machine. */
export interface LocalServices extends Omit<Target, 'name' | 'secrets' | 'regenerateKey'> {
  has(service: string): Promise<boolean>
}

/** A version that became ready and did not answer as it should. */
export class UnprovenError extends RefusedError {}

/** What a service serves once a version is brought in. */
export function modelsWith(
  service: string,
  served: readonly ServedModel[],
  { name, version }: ServedModel,
): readonly ServedModel[] {
  const [only, ...more] = served
  // One model may be replaced by another name; of several, only its own earlier version.
  if (more.length === 0 && only !== undefined) return [{ name, version }]
  if (served.some((one) => one.name === name)) return served.map((one) => (one.name === name ? { name, version } : one))
  throw new InputError(
    `The service "${service}" serves ${served.map((one) => one.name).join(', ')}; ${name} is none of them.`,
  )
}

/** What is registered of them now. */
export function versionsOf(workspace: Workspace, models: readonly ServedModel[]): Promise<readonly ModelVersion[]> {
  return Promise.all(
    models.map(async ({ name, version }) => {
      const found = await workspace.models.version(name, version)
      if (found) return found
      throw new InputError(`The model "${name}" has no version "${version}" in the workspace any more.`)
    }),
  )
}

/** The variables that the files ask for. */
export function variablesOf(
  { inference }: Pick<ServiceFiles, 'inference'>,
  config: LocalDeploymentConfig,
): Readonly<Record<string, string>> {
  const { environment } = inference
  return {
    ...(environment?.kind === 'inline' ? environment.variables : {}),
    ...(config.scoringTimeoutMs === undefined ? {} : { SCORING_TIMEOUT_MS: String(config.scoringTimeoutMs) }),
    ...config.environmentVariables,
  }
}

/** A name that content makes: equal content has an equal name. */
export function contentName(models: readonly ServedModel[], content: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const readable = (models[0]?.version ?? '0').replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 17)
  return `v${readable}-${digest.slice(0, 8)}`.replaceAll(/-+/g, '-')
}

/** In an order of their own, so that they make the same name. */
export function sortedPairs(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
}

export function scoringAt(port: number): Scoring {
  return { scoringUri: `http://127.0.0.1:${port}/score`, bearer: async () => undefined }
}

/** Sends the test requests to a version that is ready. Throws an UnprovenError. */
export async function proveAt(options: {
  readonly workspace: Workspace
  readonly order: Pick<Delivery, 'requests'>
  readonly deployment: string
  readonly port: number
}): Promise<void> {
  const { workspace, order, deployment, port } = options
  const results = await sendProbes({
    ...{ connection: workspace.connection, requests: order.requests, patienceSeconds: 0 },
    scoring: scoringAt(port),
  })
  const wrong = results.find(({ difference }) => difference !== undefined)
  if (wrong)
    throw new UnprovenError(
      `The deployment "${deployment}" did not pass the test request "${wrong.name}": ${wrong.difference}`,
    )
}

export function plannedFrom(serving: string | undefined): Delivered {
  const before = serving === undefined ? {} : { [serving]: 100 }
  return { outcome: 'planned', deployment: serving ?? '', state: 'planned', before, after: before }
}

export function deliveredFrom(
  told: Pick<Delivered, 'outcome' | 'before'>,
  status: ServiceStatus | undefined,
): Delivered {
  return {
    ...told,
    ...{ deployment: status?.deployments[0] ?? '', state: status?.state ?? 'gone', after: status?.traffic ?? {} },
    ...{ scoringUri: status?.scoringUri, swaggerUri: status?.swaggerUri },
  }
}

/** A version on a port of 127.0.0.1, as it is told. */
export function statusAt(wanted: {
  readonly service: string
  readonly models: readonly ServedModel[]
  readonly deployment: string
  readonly port: number
  readonly state: string
}): ServiceStatus {
  const { service, models, deployment, port, state } = wanted
  const base = `http://127.0.0.1:${port}`
  return {
    ...{ service, state, models, deployments: [deployment], traffic: { [deployment]: 100 }, authentication: 'none' },
    ...{ scoringUri: `${base}/score`, swaggerUri: `${base}/swagger.json` },
  }
}

export function missingError(service: string, deployment: string | undefined): InputError {
  const what = deployment === undefined ? '' : `deployment "${deployment}" of the `
  return new InputError(`There is no ${what}service "${service}" on this machine.`)
}
