import { DeadlineError } from '../azure/longRunning.ts'
import { UserError } from '../errors.ts'
import type { Context } from '../operation.ts'
import { studioLink } from '../studioLink.ts'
import { showJobLogs } from '../targets/showJobLogs.ts'
import { type ResultFolder, resultsOf } from '../workspace/jobResults.ts'

/**
 * Waits for a job to complete. Throws a UserError when it ends otherwise, after its log was shown; and when the time is
 * over or the run is cancelled, with how to wait again: the job goes on. `told` is handed out with every error.
 */
export async function awaitJob(
  { host, workspace }: Context,
  job: {
    readonly name: string
    readonly timeoutSeconds: number
    readonly told: Readonly<Record<string, unknown>>
  },
): Promise<{ readonly state: string; readonly output: ResultFolder | undefined }> {
  const { name, timeoutSeconds, told } = job
  let state = 'unknown'
  const onState = (now: string, done: number) => {
    if (now !== state) host.log.info(`The job ${name}: ${now}`)
    state = now
    host.progress({ label: `Waiting for ${name}`, done, total: timeoutSeconds, unit: 'seconds' })
  }
  const ended = await workspace.jobs
    .ended(name, { deadlineSeconds: timeoutSeconds, onState })
    .catch((error: unknown) => {
      const stopped = host.signal.aborted
      if (!stopped && !(error instanceof DeadlineError)) throw error
      const why = stopped ? 'The run was cancelled' : `The time of ${timeoutSeconds} s is over`
      throw new UserError(`${why} while the job "${name}" was ${state}; the job goes on.`, {
        hint: `Wait for it by ${host.spelling('job')} ${name}.`,
        cause: error,
        outputs: { ...told, state },
      })
    })
  if (state.toLowerCase() === 'completed') return { state, output: await resultsOf(workspace, ended) }
  await showJobLogs({ host, workspace }, name)
  const link = studioLink({ ...workspace.address, job: name })
  throw new UserError(`The job "${name}" did not complete: it ended as ${state}.`, {
    ...(link ? { hint: `More of it is shown at ${link}.` } : {}),
    outputs: { ...told, state },
  })
}
