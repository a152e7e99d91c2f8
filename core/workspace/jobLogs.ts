import { filesAt } from '../azure/filesAt.ts'
import { openDatastore } from './openDatastore.ts'
import type { Workspace } from './workspace.ts'

export interface JobLog {
  /** As the job names it: `logs/azureml/stdout.txt`. */
  readonly path: string
  /** The end of it. The text is remote: it may hold anything. */
  readonly text: string
}

/** Of each file so much is read, from its end. */
const longestBytes = 64 * 1024
const mostFiles = 8

/**
 * The ends of what a job has written to its logs, those of the user's own code last, because that is where the reason
 * usually is. Azure ML keeps them below `ExperimentRun/dcid.<job>/` in the artifact store (azureml-api.md 3.2); none
 * when there is no such store or nothing in it.
 */
export async function jobLogs(workspace: Workspace, job: string): Promise<readonly JobLog[]> {
  const { signal } = workspace.connection.host
  const datastore = await workspace.datastores.get('workspaceartifactstore')
  if (!datastore) return []
  const container = await openDatastore(workspace, datastore)
  const found = await filesAt({ container, prefix: `ExperimentRun/dcid.${job}`, signal })
  const logs = found
    .filter(({ path, remote }) => /(^|\/)(user_)?logs\/.*\.(txt|log)$/i.test(path) && remote.size > 0)
    .sort((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1))
    .slice(-mostFiles)
  return Promise.all(
    logs.map(async ({ path, remote }) => {
      const from = Math.max(0, remote.size - longestBytes)
      const content = await container.client
        .getBlobClient(remote.name)
        .downloadToBuffer(from, remote.size - from, { abortSignal: signal })
      return { path, text: content.toString('utf8') }
    }),
  )
}

function rank(path: string): number {
  if (/(^|\/)(user_logs|logs\/user)\//i.test(path)) return 2
  return /stdout|stderr|std_log|error/i.test(path) ? 1 : 0
}
