import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether any user may read everything below these files and folders. Looks at no more than `limit` entries, and says
 * no when there are more.
 */
export async function readableByAll(paths: readonly string[], limit = 5_000): Promise<boolean> {
  const left = [...paths]
  for (let seen = 0; ; seen++) {
    const path = left.pop()
    if (path === undefined) return true
    if (seen >= limit) return false
    const entry = await lstat(path)
    if (entry.isSymbolicLink()) continue
    const needed = entry.isDirectory() ? 0o5 : 0o4
    if ((entry.mode & needed) !== needed) return false
    if (entry.isDirectory()) left.push(...(await readdir(path)).map((name) => join(path, name)))
  }
}
