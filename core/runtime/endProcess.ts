import { setTimeout as pause } from 'node:timers/promises'
import { isRunning, type ProcessIdentity } from './processIdentity.ts'

const lookMilliseconds = 20

/**
 * Ends a process that leads a group, with everything it started: asked first, by force when it has not ended in time.
 * A process that only has the same number is left alone. Not cut short by anything: half-ended is worse.
 */
export async function endProcess(identity: ProcessIdentity, graceMilliseconds: number): Promise<void> {
  signal(identity, identity.pid, 'SIGTERM')
  const until = Date.now() + graceMilliseconds
  while (isRunning(identity) && Date.now() < until) await pause(lookMilliseconds)
  signal(identity, -identity.pid, 'SIGKILL')
  while (isRunning(identity)) await pause(lookMilliseconds)
}

function signal(identity: ProcessIdentity, to: number, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return
  try {
    process.kill(to, name)
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
