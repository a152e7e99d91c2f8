import { z } from 'zod'
import { InputError } from '../core/index.ts'

/** Proof by a token of Entra. */
export interface EntraProof {
  readonly kind: 'entra'
  readonly authorityHost: string
  readonly tenantId: string
  readonly audiences: readonly string[]
  /** Ids of the applications that may call, in lower case. */
  readonly callers: readonly string[]
}

/** How the sender of events proves who it is. Several keys are there while one is being exchanged for another. */
export type SenderProof = EntraProof | { readonly kind: 'key'; readonly keys: readonly string[] }

/** A registry whose webhooks are taken, and the workspace that they are news of. */
export interface RegistryWebhook {
  readonly secret: string
  readonly workspaceId: string
}

export interface RelaySettings {
  /** ARM ids in lower case; events of other topics are left. None is every one. */
  readonly workspaces: readonly string[]
  readonly eventGrid: SenderProof | undefined
  readonly mlflow: RegistryWebhook | undefined
  readonly databricks: RegistryWebhook | undefined
  /** Opens the status page and the metrics; without it both are closed. */
  readonly statusToken: string | undefined
  /** Whether a service that serves something else than it should is given that again. */
  readonly heal: boolean
}

/** Event Grid's own application, the same in every tenant of Azure's public cloud. */
export const eventGridApplication = '4962773b-9cdb-44cf-a8bf-237846a00ab7'

const shortestSecret = 16
const secret = z.string().min(shortestSecret, `must have at least ${shortestSecret} characters`)
const guid = z.guid('must be a GUID').toLowerCase()
const workspaceId = z
  .string()
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/(?:workspaces|registries)\/[^/]+$/i,
    'must be the ARM id of a workspace',
  )
const list = z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))

const names = {
  workspaces: 'AZUREML_CD_RELAY_WORKSPACES',
  key: 'AZUREML_CD_RELAY_KEY',
  tenant: 'AZUREML_CD_RELAY_ENTRA_TENANT',
  audience: 'AZUREML_CD_RELAY_ENTRA_AUDIENCE',
  callers: 'AZUREML_CD_RELAY_ENTRA_CALLERS',
  authorityHost: 'AZUREML_CD_RELAY_ENTRA_AUTHORITY_HOST',
  mlflowSecret: 'AZUREML_CD_RELAY_MLFLOW_SECRET',
  mlflowWorkspace: 'AZUREML_CD_RELAY_MLFLOW_WORKSPACE',
  databricksSecret: 'AZUREML_CD_RELAY_DATABRICKS_SECRET',
  databricksWorkspace: 'AZUREML_CD_RELAY_DATABRICKS_WORKSPACE',
  statusToken: 'AZUREML_CD_RELAY_STATUS_TOKEN',
  heal: 'AZUREML_CD_RELAY_HEAL',
} as const

/** Every environment variable of the relay, whoever hosts it. */
export const relayVariables: readonly string[] = Object.values(names)

/** Those that hold secrets; several are separated by commas. */
export const secretVariables = [names.key, names.mlflowSecret, names.databricksSecret, names.statusToken] as const

const environment = z.object({
  [names.workspaces]: list.pipe(z.array(workspaceId.toLowerCase())).optional(),
  [names.key]: list.pipe(z.array(secret).min(1).max(4)).optional(),
  [names.tenant]: guid.optional(),
  [names.audience]: list.pipe(z.array(z.string()).min(1)).optional(),
  [names.callers]: list.pipe(z.array(guid).min(1)).optional(),
  [names.authorityHost]: z
    .string()
    .regex(/^https:\/\/[^/?#]+$/, 'must be an https address without a path')
    .optional(),
  [names.mlflowSecret]: secret.optional(),
  [names.mlflowWorkspace]: workspaceId.optional(),
  [names.databricksSecret]: secret.optional(),
  [names.databricksWorkspace]: workspaceId.optional(),
  [names.statusToken]: secret.optional(),
  [names.heal]: z.enum(['true', 'false'], 'must be true or false').optional(),
})

type Given = z.output<typeof environment>

/**
 * The relay's settings from environment variables, as all three of its hosts have them; an empty one is none. A host
 * that is handed events by Azure itself has a trigger of its own, and need let nobody else send any.
 *
 * @throws InputError with every fault, without any value
 */
export function relaySettings(
  variables: Readonly<Record<string, string | undefined>>,
  { hasOwnTrigger = false }: { readonly hasOwnTrigger?: boolean } = {},
): RelaySettings {
  const given = Object.fromEntries(
    Object.values(names).flatMap((name) => {
      const value = variables[name]?.trim()
      return value ? [[name, value]] : []
    }),
  )
  const parsed = environment.safeParse(given)
  const faults = parsed.success ? ruleFaults(parsed.data, hasOwnTrigger) : parsed.error.issues.map(faultOf)
  if (!parsed.success || faults.length > 0) throw new InputError([...new Set(faults)].join('\n'))
  const all = parsed.data
  return {
    workspaces: all[names.workspaces] ?? [],
    eventGrid: eventGridProof(all),
    mlflow: registry(all[names.mlflowSecret], all[names.mlflowWorkspace]),
    databricks: registry(all[names.databricksSecret], all[names.databricksWorkspace]),
    statusToken: all[names.statusToken],
    heal: all[names.heal] === 'true',
  }
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  return `The environment variable ${String(path[0])} ${message}.`
}

function ruleFaults(given: Given, hasOwnTrigger: boolean): readonly string[] {
  const together = (one: keyof Given, other: keyof Given) =>
    (given[one] === undefined) === (given[other] === undefined)
      ? []
      : [`The environment variables ${one} and ${other} are given together or not at all.`]
  const faults = [
    ...together(names.tenant, names.audience),
    ...together(names.mlflowSecret, names.mlflowWorkspace),
    ...together(names.databricksSecret, names.databricksWorkspace),
  ]
  if (given[names.tenant] !== undefined && given[names.key] !== undefined)
    faults.push(`Either ${names.tenant} or ${names.key} tells how Event Grid proves itself, not both.`)
  if (faults.length === 0 && !hasOwnTrigger && !opens(given))
    faults.push(
      `Nobody could send anything: give ${names.tenant} and ${names.audience}, or ${names.key}, or the secret of a registry.`,
    )
  return faults
}

function opens(given: Given): boolean {
  return [names.tenant, names.key, names.mlflowSecret, names.databricksSecret].some((name) => given[name] !== undefined)
}

function eventGridProof(given: Given): SenderProof | undefined {
  const { [names.tenant]: tenantId, [names.audience]: audiences, [names.key]: keys } = given
  if (tenantId !== undefined && audiences !== undefined)
    return {
      ...{ kind: 'entra', tenantId, audiences },
      authorityHost: given[names.authorityHost] ?? 'https://login.microsoftonline.com',
      callers: given[names.callers] ?? [eventGridApplication],
    }
  return keys === undefined ? undefined : { kind: 'key', keys }
}

function registry(secretText: string | undefined, workspace: string | undefined): RegistryWebhook | undefined {
  return secretText === undefined || workspace === undefined
    ? undefined
    : { secret: secretText, workspaceId: workspace }
}
