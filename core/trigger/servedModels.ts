import { refusedTag } from '../rollout/journal.ts'
import { parseModelId } from '../workspace/modelId.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import { readService, type Service, servedFirst } from '../workspace/service.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type ModelRule, nameTest } from './rules.ts'

/** What a sweep found out about one service and one model. */
export interface Finding {
  readonly service: string
  readonly model: string
  /** The newest version that the rule selects. */
  readonly newest: string
  readonly served: string
  /** `refused`: it was tried on this service and taken back; it is not new again until a newer version is there. */
  readonly state: 'new' | 'current' | 'refused'
}

/**
 * Compares the newest versions that a rule selects with what services serve. State decides, not events: sweeping twice
 * finds the same, and a version that was updated to is found no more.
 */
export async function compareServed(options: {
  readonly workspace: Workspace
  readonly rule: ModelRule
  /** The services to look at; none is every service of the workspace. */
  readonly services: readonly string[]
  readonly newestVersion: (
    workspace: Workspace,
    name: string,
    tags: ModelRule['tags'],
  ) => Promise<ModelVersion | undefined>
}): Promise<{ readonly findings: readonly Finding[]; readonly missing: readonly string[] }> {
  const { workspace, rule, services, newestVersion } = options
  const selected = nameTest(rule)
  // Each model is asked for once, however many services serve it.
  const newest = new Map<string, Promise<ModelVersion | undefined>>()
  const findings: Finding[] = []
  const missing: string[] = []
  for await (const name of namesOf(workspace, services)) {
    const service = await readService(workspace, name)
    if (!service) {
      missing.push(name)
      continue
    }
    for (const { model, version } of servedModels(service)) {
      if (!selected(model)) continue
      const asked = newest.get(model) ?? newestVersion(workspace, model, rule.tags)
      newest.set(model, asked)
      const found = await asked
      if (!found) continue
      const refused = service.endpoint.tags[refusedTag] === `${model}:${found.version}`
      const state = found.version === version ? 'current' : refused ? 'refused' : 'new'
      findings.push({ service: name, model, newest: found.version, served: version, state })
    }
  }
  return { findings, missing }
}

async function* namesOf(workspace: Workspace, services: readonly string[]): AsyncGenerator<string, void> {
  if (services.length > 0) yield* services
  else for await (const { name } of workspace.endpoints.list()) yield name
}

function servedModels(service: Service): readonly { readonly model: string; readonly version: string }[] {
  const served = new Map<string, string>()
  for (const deployment of servedFirst(service)) {
    const id = deployment.model === undefined ? undefined : parseModelId(deployment.model)
    if (id && !served.has(id.name)) served.set(id.name, id.version)
  }
  return [...served].map(([model, version]) => ({ model, version }))
}
