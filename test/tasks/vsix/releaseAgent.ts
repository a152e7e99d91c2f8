import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const named = z.looseObject({ id: z.string(), name: z.string() })
const variables = z.record(z.string(), z.looseObject({ value: z.string() }))

/** A release definition as Azure DevOps exports and imports it. */
export const definitionSchema = z.looseObject({
  name: z.string(),
  variables,
  artifacts: z.array(
    z.looseObject({ type: z.string(), alias: z.string(), definitionReference: z.record(z.string(), named) }),
  ),
  environments: z.array(
    z.looseObject({
      name: z.string(),
      rank: z.number(),
      variables,
      deployPhases: z.array(
        z.looseObject({
          workflowTasks: z.array(
            z.looseObject({
              taskId: z.string(),
              version: z.string(),
              name: z.string(),
              refName: z.string(),
              inputs: z.record(z.string(), z.string()),
            }),
          ),
        }),
      ),
    }),
  ),
})
export type Definition = z.output<typeof definitionSchema>

export interface Step {
  readonly stage: string
  readonly task: string
  readonly name: string
  readonly inputs: Readonly<Record<string, string>>
  /** The release's variables, as the agent names them. */
  readonly variables: Readonly<Record<string, string>>
}

const taskManifest = z.looseObject({ id: z.string(), name: z.string(), version: z.looseObject({ Major: z.number() }) })

/**
 * What an agent runs for a release: in each stage the download of every model artifact, which Azure DevOps puts in front,
 * and then the tasks in their order, with the variables that it makes of the release (azure-devops.md 1.1).
 */
export function stepsOf(options: {
  readonly definition: Definition
  readonly release: {
    readonly id: number
    readonly artifacts: readonly { readonly alias: string; readonly version: string }[]
    readonly variables: Readonly<Record<string, unknown>>
  }
  /** The unpacked extension, and the folders of its tasks. */
  readonly extension: string
  readonly tasks: readonly string[]
  readonly workspaceId: string
  readonly sources: string
}): readonly Step[] {
  const { definition, release, extension, workspaceId, sources } = options
  const manifests = options.tasks.map((task) =>
    taskManifest.parse(JSON.parse(readFileSync(join(extension, 'tasks', task, 'task.json'), 'utf8'))),
  )
  const ofRelease: Record<string, string> = { 'Release.ReleaseId': String(release.id) }
  for (const { alias, definitionReference, type } of definition.artifacts) {
    const version = release.artifacts.find((artifact) => artifact.alias === alias)?.version
    if (version === undefined) continue
    const { definition: source } = definitionReference
    ofRelease[`Release.Artifacts.${alias}.DefinitionId`] = source?.id ?? ''
    ofRelease[`Release.Artifacts.${alias}.DefinitionName`] = source?.name ?? ''
    ofRelease[`Release.Artifacts.${alias}.BuildNumber`] = version
    ofRelease[`Release.Artifacts.${alias}.BuildId`] = version
    ofRelease[`Release.Artifacts.${alias}.Type`] = type
  }
  return definition.environments
    .toSorted((one, other) => one.rank - other.rank)
    .flatMap((environment) => {
      const values: Readonly<Record<string, string>> = {
        ...valuesOf(definition.variables),
        ...valuesOf(environment.variables),
        ...valuesOf(variables.parse(release.variables)),
        ...ofRelease,
        'System.DefaultWorkingDirectory': sources,
      }
      const expanded = (text: string): string =>
        text.replaceAll(/\$\(([\w.]+)\)/g, (whole, name) => values[name] ?? whole)
      const stage = environment.name
      const downloads = definition.artifacts.flatMap(({ alias, type, definitionReference }): readonly Step[] => {
        if (!type.endsWith('.azureml-model-artifact')) return []
        const { connection, definition: model } = definitionReference
        const inputs = {
          connection: connection?.id ?? '',
          workspace: workspaceId,
          definition: model?.id ?? '',
          version: values[`Release.Artifacts.${alias}.BuildNumber`] ?? '',
          downloadPath: alias,
        }
        return [{ stage, task: 'AzureMLDownloadArtifact', name: `Download ${alias}`, inputs, variables: values }]
      })
      const tasks = environment.deployPhases.flatMap(({ workflowTasks }) =>
        workflowTasks.map(({ taskId, version, name, inputs }): Step => {
          const manifest = manifests.find(({ id }) => id === taskId)
          if (!manifest || version !== `${manifest.version.Major}.*`)
            throw new Error(
              `The release wants version ${version} of the task ${taskId}, which the extension does not have.`,
            )
          const filled = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, expanded(value)]))
          return { stage, task: manifest.name, name, inputs: filled, variables: values }
        }),
      )
      return [...downloads, ...tasks]
    })
}

function valuesOf(given: z.output<typeof variables>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, { value }]) => [name, value]))
}
