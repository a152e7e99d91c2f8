import { constants } from 'node:fs'
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { InputError } from '../errors.ts'

/** A file of this machine, and what it is called within the model or code it belongs to. */
export interface LocalFile {
  /** Relative, with slashes. */
  readonly path: string
  readonly absolutePath: string
  /** Bytes, when it was listed. */
  readonly size: number
}

/**
 * The files at a path, sorted: one file, or everything in a folder but what its `.amlignore` (else its `.gitignore`)
 * leaves out. Links are followed within the folder. Throws one InputError that names everything that cannot be taken:
 * links that leave the folder, files that cannot be read, what is no file, or an empty folder.
 */
export async function localFiles(path: string): Promise<readonly LocalFile[]> {
  const root = await realpath(path).catch((cause: unknown) => {
    throw new InputError(`The path "${path}" does not exist.`, { cause })
  })
  const found = new Listing(root)
  const { isDirectory, size, readable } = await describe(root)
  if (isDirectory) await found.folder(root, await ignoreRules(root), [root])
  else if (readable) found.files.push({ path: basename(path), absolutePath: root, size })
  else found.faults.push(`"${basename(path)}" cannot be read`)
  if (found.faults.length > 0) throw new InputError(`Nothing of "${path}" was sent: ${found.faults.join('; ')}.`)
  if (found.files.length === 0)
    throw new InputError(`The folder "${path}" holds no files, or an ignore file leaves all of them out.`)
  return found.files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

class Listing {
  readonly files: LocalFile[] = []
  readonly faults: string[] = []
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /** `above` are the real folders this one lies in: a link to one of them would go round for ever. */
  async folder(folder: string, rules: Ignore, above: readonly string[]): Promise<void> {
    const names = await readdir(folder).catch(() => undefined)
    if (!names) {
      this.faults.push(`"${this.#named(folder)}" cannot be read`)
      return
    }
    for (const name of names) await this.#entry(join(folder, name), rules, above)
  }

  async #entry(entry: string, rules: Ignore, above: readonly string[]): Promise<void> {
    const path = this.#named(entry)
    const target = await realpath(entry).catch(() => undefined)
    if (!target) {
      if (!rules.ignores(path)) this.faults.push(`"${path}" is a link to nothing`)
      return
    }
    const { isDirectory, isFile, size, readable } = await describe(target)
    if (rules.ignores(isDirectory ? `${path}/` : path)) return
    if (target !== this.#root && !target.startsWith(this.#root + sep))
      this.faults.push(`"${path}" is a link that leaves the folder`)
    else if (isDirectory && above.includes(target)) this.faults.push(`"${path}" is a link to a folder it lies in`)
    else if (isDirectory) await this.folder(entry, rules, [...above, target])
    else if (!isFile) this.faults.push(`"${path}" is neither a file nor a folder`)
    else if (/[\\\0]/.test(path))
      this.faults.push(`"${path}" has a backslash in its name, which other systems take for a folder`)
    else if (!readable) this.faults.push(`"${path}" cannot be read`)
    else this.files.push({ path, absolutePath: target, size })
  }

  #named(entry: string): string {
    return relative(this.#root, entry).split(sep).join('/')
  }
}

async function describe(path: string) {
  const found = await stat(path)
  const readable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
  return { isDirectory: found.isDirectory(), isFile: found.isFile(), size: found.size, readable }
}

async function ignoreRules(root: string): Promise<Ignore> {
  const rules = ignore().add('.git')
  for (const name of ['.amlignore', '.gitignore']) {
    const text = await readFile(join(root, name), 'utf8').catch(() => undefined)
    // The ignore file itself is not part of a model.
    if (text !== undefined) return rules.add(text).add(name)
  }
  return rules
}
