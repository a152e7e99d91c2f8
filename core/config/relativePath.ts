import { posix } from 'node:path'

/** Whether a path is absolute on any system the pack runs on. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith('/') || /^[a-zA-Z]:/.test(path)
}

/** Whether a path with slashes stays inside the folder it is relative to. */
export function staysInside(path: string): boolean {
  const normal = posix.normalize(path)
  return !isAbsolutePath(normal) && normal !== '..' && !normal.startsWith('../')
}
