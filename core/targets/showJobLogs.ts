import type { Host } from '../host.ts'
import { jobLogs } from '../workspace/jobLogs.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** The ends of a job's logs, grouped. That they cannot be had hides nothing else. */
export async function showJobLogs(
  { host, workspace }: { readonly host: Host; readonly workspace: Workspace },
  job: string,
): Promise<void> {
  const logs = await jobLogs(workspace, job).catch((error: unknown) => {
    host.signal.throwIfAborted()
    host.log.debug(`The logs of the job ${job} could not be read: ${error instanceof Error ? error.message : error}`)
    return []
  })
  for (const { path, text } of logs)
    if (text.trim() !== '')
      await host.group(`Log of the job ${job}: ${path}`, async () =>
        host.log.info(text.trimEnd().split('\n').slice(-200).join('\n')),
      )
}
