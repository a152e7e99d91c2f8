import { existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Python } from './python.ts'

/** A file or folder of this machine that a container sees, read-only. */
export interface ReadOnlyMount {
  readonly source: string
  readonly target: string
}

// Programs and libraries (not /sbin: the engine puts its init there); where the loader and linked libraries (BLAS, for one) are found; certificates.
const systemPaths = [
  '/usr',
  '/bin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/etc/ssl',
  '/etc/localtime',
]

/** What must be mounted for this machine's own Python to run in a container that is empty. */
export function hostPythonMounts(python: Python): readonly ReadOnlyMount[] {
  const home = dirname(dirname(realpathSync(python.executable)))
  const mounts = new Map<string, ReadOnlyMount>()
  for (const path of [...systemPaths, python.prefix, python.basePrefix, home]) {
    if (!existsSync(path)) continue
    const covered = [...mounts.keys()].some((folder) => path === folder || path.startsWith(`${folder}/`))
    if (!covered) mounts.set(path, { source: realpathSync(path), target: path })
  }
  return [...mounts.values()]
}
