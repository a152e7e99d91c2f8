import type { Provenance } from '../core/index.ts'

/** Where a run came from, by the variables of GitHub's runner. */
export function stepProvenance(environment: Readonly<Record<string, string | undefined>>): Provenance {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment
  const home = server && repository ? `${server}/${repository}` : undefined
  const attempt = environment.GITHUB_RUN_ATTEMPT
  return {
    repository: home,
    commit: environment.GITHUB_SHA || undefined,
    actor: environment.GITHUB_ACTOR || undefined,
    runUrl: home && run ? `${home}/actions/runs/${run}${attempt ? `/attempts/${attempt}` : ''}` : undefined,
  }
}
