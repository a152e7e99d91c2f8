import type { Workspace } from '../workspace/workspace.ts'
import { codeIdOf, ensureCode } from './code.ts'
import { ensureEnvironment, environmentContent, registeredEnvironmentId } from './environment.ts'
import type { DeployOrder } from './target.ts'
import { unspecifiedEnvironment } from './unspecifiedEnvironment.ts'

/** What a deployment refers to: registered unless it is there. In a dry run nothing is sent. */
export interface OnlineAssets {
  readonly environmentId: string
  readonly codeId: string
  readonly environmentVariables: Readonly<Record<string, string>>
}

export async function ensureAssets(
  workspace: Workspace,
  { service, files, dryRun }: Pick<DeployOrder, 'service' | 'files' | 'dryRun'>,
): Promise<OnlineAssets> {
  const { environment = unspecifiedEnvironment } = files.inference
  const environmentVariables = environment.kind === 'inline' ? environment.variables : {}
  const environmentId = async () => {
    if (environment.kind === 'registered') return registeredEnvironmentId(workspace, environment)
    const content = await environmentContent(environment, { service, read: files.read })
    if (dryRun) return `${workspace.id}/environments/${content.name}/versions/${content.version}`
    return ensureEnvironment(workspace, content)
  }
  return {
    environmentVariables,
    environmentId: await environmentId(),
    codeId: await ensureCode(workspace, files.code, { dryRun }),
  }
}

/**
 * What the deployment would refer to, told by the content alone and without asking; undefined for environments that
 * only the workspace knows.
 */
export async function namedAssets(
  workspace: Workspace,
  { service, files }: Pick<DeployOrder, 'service' | 'files'>,
): Promise<OnlineAssets | undefined> {
  const { environment = unspecifiedEnvironment } = files.inference
  if (environment.kind === 'registered') return undefined
  const { name, version } = await environmentContent(environment, { service, read: files.read })
  return {
    environmentVariables: environment.variables,
    environmentId: `${workspace.id}/environments/${name}/versions/${version}`,
    codeId: await codeIdOf(workspace, files.code),
  }
}
