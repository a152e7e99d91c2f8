import type { FakeRun, Permissions } from './fakeGitHub.ts'

const api = 'https://api.github.com'

/** A run as GitHub shows it, with everything its description requires. */
export function runAnswer({ run, repository }: { readonly run: FakeRun; readonly repository: string }): unknown {
  const url = `${api}/repos/${repository}/actions/runs/${run.id}`
  const created = run.createdAt.toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    ...{ id: run.id, name: run.workflow, node_id: 'WFR', head_branch: 'main', head_sha: 'a'.repeat(40), run_number: 1 },
    ...{ path: `.github/workflows/${run.workflow}`, display_title: run.title, event: run.event, workflow_id: 159_038 },
    ...{ status: run.status, conclusion: run.conclusion, url, pull_requests: [], run_attempt: 1 },
    html_url: `https://github.com/${repository}/actions/runs/${run.id}`,
    ...{ created_at: created, updated_at: created, run_started_at: created },
    ...{ jobs_url: `${url}/jobs`, logs_url: `${url}/logs`, check_suite_url: `${api}/check-suites/1` },
    ...{ artifacts_url: `${url}/artifacts`, cancel_url: `${url}/cancel`, rerun_url: `${url}/rerun` },
    ...{ previous_attempt_url: null, workflow_url: `${api}/repos/${repository}/actions/workflows/159038` },
    head_commit: {
      ...{ id: 'a'.repeat(40), tree_id: 'b'.repeat(40), message: 'Train again', timestamp: created },
      ...{ author: { name: 'Octo Cat', email: 'octo@example.com' } },
      ...{ committer: { name: 'Octo Cat', email: 'octo@example.com' } },
    },
    repository: repositoryAnswer(repository),
    head_repository: repositoryAnswer(repository),
  }
}

export function installationAnswer(one: {
  readonly id: number
  readonly appId: number
  readonly permissions: Permissions
}): unknown {
  const { id, appId, permissions } = one
  return {
    ...{ id, app_id: appId, permissions, account: userAnswer('octo'), target_id: 1, target_type: 'Organization' },
    ...{
      access_tokens_url: `${api}/app/installations/${id}/access_tokens`,
      repositories_url: `${api}/installation/repositories`,
    },
    ...{ html_url: 'https://github.com/settings/installations/7', events: [], single_file_name: null },
    ...{ repository_selection: 'selected', app_slug: 'azureml-cd', suspended_by: null, suspended_at: null },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
  }
}

export function installationTokenAnswer(one: { readonly token: string; readonly permissions: Permissions }): unknown {
  return {
    ...one,
    expires_at: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    repository_selection: 'selected',
  }
}

function userAnswer(login: string): unknown {
  const url = `${api}/users/${login}`
  const links = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'organizations', 'repos', 'events']
  return {
    ...{ login, id: 1, node_id: 'U', avatar_url: `https://github.com/${login}.png`, gravatar_id: '', url },
    ...{ html_url: `https://github.com/${login}`, received_events_url: `${url}/received_events` },
    ...Object.fromEntries(links.map((link) => [`${link}_url`, `${url}/${link}`])),
    ...{ type: 'Organization', site_admin: false },
  }
}

const repositoryLinks = [
  ...['archive', 'assignees', 'blobs', 'branches', 'collaborators', 'comments', 'commits', 'compare', 'contents'],
  ...['contributors', 'deployments', 'downloads', 'events', 'forks', 'git_commits', 'git_refs', 'git_tags'],
  ...['issue_comment', 'issue_events', 'issues', 'keys', 'labels', 'languages', 'merges', 'milestones'],
  ...['notifications', 'pulls', 'releases', 'stargazers', 'statuses', 'subscribers', 'subscription', 'tags'],
  ...['teams', 'trees', 'hooks'],
]

function repositoryAnswer(fullName: string): unknown {
  const [owner = '', name = ''] = fullName.split('/')
  const url = `${api}/repos/${fullName}`
  return {
    ...{ id: 1, node_id: 'R', name, full_name: fullName, owner: userAnswer(owner), private: true, fork: false },
    ...{ html_url: `https://github.com/${fullName}`, description: null, url },
    ...Object.fromEntries(repositoryLinks.map((link) => [`${link}_url`, `${url}/${link}`])),
  }
}
