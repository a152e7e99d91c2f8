import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

const label = {
  owner: 'azureml-cd.owner',
  machine: 'azureml-cd.machine',
  process: 'azureml-cd.process',
  started: 'azureml-cd.started',
} as const

/** Who started a container, so that it can be removed when that process is gone. */
export function ownerLabels(owner: string): Readonly<Record<string, string>> {
  return {
    [label.owner]: owner,
    [label.machine]: machine(),
    [label.process]: String(process.pid),
    [label.started]: startOf(process.pid) ?? '',
  }
}

/** The label filter that finds every container this owner's processes have started. */
export const ownerFilter = (owner: string): string => `${label.owner}=${owner}`

/**
 * True when the process that started the container is certainly gone. Containers of other machines, or of other process
 * namespaces, are never called abandoned: their processes cannot be seen from here.
 */
export function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  if (labels[label.machine] !== machine()) return false
  const id = Number(labels[label.process])
  if (!Number.isInteger(id) || id <= 0) return false
  // A process id is used again; together with its start time it is not.
  return !isAlive(id) || (startOf(id) ?? '') !== labels[label.started]
}

function machine(): string {
  return createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 16)
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process started, in clock ticks since boot; undefined where the system does not tell. */
function startOf(id: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
    // The program's name stands in parentheses and may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
