// An empty folder for what a script lays out, where nothing of anybody's is deleted for it.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

/**
 * Empties what an earlier run has laid out, which is known by `mark`, a file that each layout has. Ends the process
 * when the folder holds something else, or one of the files or folders to `keep`.
 * @param {string} folder
 * @param {{ mark: string, keep: readonly string[] }} known
 */
export function freshFolder(folder, { mark, keep }) {
  const isInside = (/** @type {string} */ path) => {
    const way = relative(folder, resolve(path))
    return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way)
  }
  const isOther = existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, mark))
  if (isOther || keep.some(isInside)) {
    console.error(`The folder ${folder} holds other things, which are not deleted: name one that is new or empty.`)
    process.exit(2)
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}
