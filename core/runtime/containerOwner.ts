import { identityOf, isRunning, machineName } from './processIdentity.ts'

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
    [label.machine]: machineName(),
    [label.process]: String(process.pid),
    [label.started]: identityOf(process.pid)?.started ?? '',
  }
}

/** The label filter that finds every container this owner's processes have started. */
export const ownerFilter = (owner: string): string => `${label.owner}=${owner}`

/**
 * True when the process that started the container is certainly gone. Containers of other machines, or of other process
 * namespaces, are never called abandoned: their processes cannot be seen from here.
 */
export function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  if (labels[label.machine] !== machineName()) return false
  const id = Number(labels[label.process])
  if (!Number.isInteger(id) || id <= 0) return false
  return !isRunning({ pid: id, started: labels[label.started] ?? '' })
}
