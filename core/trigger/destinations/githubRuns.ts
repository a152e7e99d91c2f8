import { DispatchError, type Order, type RunState, type Started } from '../destination.ts'
import type { GitHub } from './github.ts'

const perPage = 100
/** GitHub shows the newest thousand of what a filter selects; older ones by asking again up to the oldest shown. */
const shown = 1000
const mostLookedAt = 5000
/** GitHub's clock and the registry's need not agree. */
const clockSkewMilliseconds = 600_000

interface Run {
  readonly id: number | bigint
  readonly display_title: string
  readonly html_url: string
  readonly created_at: string
}

/** Which of a repository's runs are looked through. */
export interface RunsPlace {
  readonly event: 'repository_dispatch' | 'workflow_dispatch'
  readonly workflow?: string | number | undefined
}

/**
 * The run whose title holds the order's key, as `run-name` puts it there: the payload or the inputs of a run are shown
 * nowhere else. Undefined when there is none yet.
 */
export async function findRun(options: {
  readonly github: GitHub
  readonly place: RunsPlace
  readonly order: Pick<Order, 'idempotencyKey' | 'registeredAt'>
  readonly signal: AbortSignal
}): Promise<Started | undefined> {
  const { github, place, order, signal } = options
  const since = isoSecond(Date.parse(order.registeredAt) - clockSkewMilliseconds)
  let until: string | undefined
  let lookedAt = 0
  while (lookedAt < mostLookedAt) {
    let oldest: string | undefined
    let found = 0
    for (let page = 1; page <= shown / perPage; page += 1) {
      const created = until === undefined ? `>=${since}` : `${since}..${until}`
      const runs = await pageOfRuns({ github, place, created, page, signal })
      const run = runs.find(({ display_title }) => holdsKey(display_title, order.idempotencyKey))
      if (run) return { id: String(run.id), url: run.html_url }
      found += runs.length
      oldest = runs.at(-1)?.created_at ?? oldest
      if (runs.length < perPage) return undefined
    }
    lookedAt += found
    // More than a thousand in one second would be asked for again and again.
    if (oldest === undefined || oldest === until) break
    until = oldest
  }
  throw new DispatchError(
    `While looking for the run of ${order.idempotencyKey} in ${github.owner}/${github.repo}, more than ${mostLookedAt} runs since ${since} were there; whether it was started cannot be told.`,
    { certain: true, permanent: false },
  )
}

/** How a run is or ended. A dispatch that answered without a run's number is not looked for. */
export async function runState(options: {
  readonly github: GitHub
  readonly started: Started
  readonly signal: AbortSignal
}): Promise<RunState> {
  const { github, started, signal } = options
  if (!/^\d+$/.test(started.id)) return 'unknown'
  const { data } = await github.call({
    doing: `reading the run ${started.id} of ${github.owner}/${github.repo}`,
    permissions: { actions: 'read' },
    signal,
    make: (client) =>
      client('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
        ...{ owner: github.owner, repo: github.repo },
        run_id: Number(started.id),
      }),
  })
  if (data.status !== 'completed') return 'running'
  if (data.conclusion === 'success' || data.conclusion === 'neutral') return 'succeeded'
  if (data.conclusion === 'cancelled' || data.conclusion === 'skipped') return 'cancelled'
  return data.conclusion === null ? 'unknown' : 'failed'
}

async function pageOfRuns(options: {
  readonly github: GitHub
  readonly place: RunsPlace
  readonly created: string
  readonly page: number
  readonly signal: AbortSignal
}): Promise<readonly Run[]> {
  const { github, place, created, page, signal } = options
  const { event, workflow } = place
  const query = { owner: github.owner, repo: github.repo, event, created, per_page: perPage, page }
  const { data } = await github.call({
    doing: `looking through the runs of ${github.owner}/${github.repo}`,
    permissions: { actions: 'read' },
    signal,
    make: (client) =>
      workflow === undefined
        ? client('GET /repos/{owner}/{repo}/actions/runs', query)
        : client('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', { ...query, workflow_id: workflow }),
  })
  return data.workflow_runs
}

/** The key as a word of its own: one that another begins with is not that other. */
function holdsKey(title: string, key: string): boolean {
  return title.split(/[^\w-]+/).includes(key)
}

function isoSecond(milliseconds: number): string {
  return new Date(Number.isNaN(milliseconds) ? 0 : milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}
