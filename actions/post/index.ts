// The post step of the actions that roll out: tells what a step left behind that was stopped. Most jobs have nothing
// for it to tell, and it loads nothing for them. It never fails a job, which has ended already.
import { rememberedRollout } from '../rolloutState.ts'

/** A job that was cancelled has five minutes for all that still runs. */
const patienceMilliseconds = 120_000

const rollout = rememberedRollout()
if (rollout) {
  const { ActionsHost } = await import('../host.ts')
  const host = new ActionsHost({ environment: process.env, signal: AbortSignal.timeout(patienceMilliseconds) })
  host.fallBackOn(rollout)
  try {
    const { leftBehind } = await import('../../core/operations/leftBehind.ts')
    await leftBehind.perform(host)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    host.log.warning(`The run was stopped, and what it left behind could not be read: ${reason}`)
  }
}
