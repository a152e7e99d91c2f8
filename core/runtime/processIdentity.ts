import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process of this machine. Its number alone is used again after its end; together with its start it is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it was started, in words of the system. */
  readonly started: string
}

/** Who has this number now; undefined when nobody has, or only what is left of one that has ended. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = isAlive(pid) ? (startInProc(pid) ?? startByPs(pid)) : undefined
  return started === undefined ? undefined : { pid, started }
}

/** Whether that very process still runs. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  return identityOf(pid)?.started === started
}

/**
 * Names this machine and its process namespace: the numbers of other machines' processes, and of other containers'
 * ones, mean nothing here.
 */
export function machineName(): string {
  return createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 16)
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** In clock ticks since boot; undefined for what has ended and waits to be reaped, and without /proc. */
function startInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name stands in parentheses and may hold spaces; the start is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Where there is no /proc, as on macOS. */
function startByPs(pid: number): string | undefined {
  if (process.platform === 'linux') return undefined
  // Windows tells neither way; there a number alone must do.
  if (process.platform === 'win32') return ''
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state = 'Z', start] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? []
  return state.startsWith('Z') ? undefined : start
}
