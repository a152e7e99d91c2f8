import type { Provenance } from '../core/index.ts'

/** Where a run came from, by the agent's variables: of a release, else of a build, which is also a YAML pipeline's run. */
export function pipelineProvenance(variable: (name: string) => string | undefined): Provenance {
  const repository = variable('Build.Repository.Uri')
  return {
    repository: repository?.replace(/^([\w+.-]+:\/\/)[^/]*@/, '$1'),
    commit: variable('Build.SourceVersion'),
    runUrl: variable('Release.ReleaseWebUrl') ?? runOfBuild(variable),
    actor: variable('Release.RequestedFor') ?? variable('Build.RequestedFor'),
  }
}

function runOfBuild(variable: (name: string) => string | undefined): string | undefined {
  const [collection, project, id] = [
    variable('System.CollectionUri'),
    variable('System.TeamProject'),
    variable('Build.BuildId'),
  ]
  if (collection === undefined || project === undefined || id === undefined) return undefined
  return `${collection.replace(/\/*$/, '/')}${encodeURIComponent(project)}/_build/results?buildId=${id}`
}
