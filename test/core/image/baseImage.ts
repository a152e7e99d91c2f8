import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { inspectPython } from '../../../core/runtime/python.ts'
import { python } from '../../requirements.ts'

const run = promisify(execFile)

const tools = ['sh', 'cat', 'cp', 'chmod', 'dirname', 'tr', 'mkdir', 'ls', 'rm']

/** What packages with native parts are linked with and Python itself may not be. */
const nativeLibraries = [
  ...['libstdc++.so.6', 'libgcc_s.so.1', 'libgomp.so.1', 'librt.so.1'],
  ...['libpthread.so.0', 'libdl.so.2', 'libutil.so.1', 'libm.so.6'],
]

/** An image that scoring images can begin with. */
export interface BaseImage {
  readonly name: string
  remove(): Promise<void>
}

/** What an image has besides this machine's Python. */
export interface BaseContents {
  /** What is installed beside the tests' Python, and with it azureml-inference-server-http. */
  readonly server: boolean
  /** A folder with a channel of conda packages, which is `/channel` in the image. */
  readonly channel?: string
  /** The Node.js of this process. */
  readonly node?: boolean
}

/**
 * An image with this machine's Python, as a base image of the user's would have one, and a shell with what goes with
 * it: no registry is asked.
 */
export async function baseImage({ server, channel, node = false }: BaseContents): Promise<BaseImage> {
  const { basePrefix, prefix, version } = await inspectPython(python)
  const name = `python${version.split('.').slice(0, 2).join('.')}`
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-base-'))
  try {
    const library = join(root, 'opt/lib', name)
    await mkdir(join(root, 'opt/bin'), { recursive: true })
    await mkdir(join(root, 'bin'))
    await mkdir(join(root, 'tmp'))
    // Not by mkdir, from whose mode the umask takes bits away.
    await chmod(join(root, 'tmp'), 0o1777)
    await chmod(root, 0o755)
    const program = await realpath(join(basePrefix, 'bin', name))
    await cp(program, join(root, 'opt/bin', name))
    await symlink(name, join(root, 'opt/bin/python3'))
    await symlink(name, join(root, 'opt/bin/python'))
    await cp(join(basePrefix, 'lib', name), library, {
      recursive: true,
      filter: (path) => !/\/(site-packages|dist-packages|test|tests|config-[^/]*|idlelib|tkinter)$/.test(path),
    })
    // Debian keeps what ensurepip installs elsewhere.
    const wheels = '/usr/share/python-wheels'
    if (existsSync(wheels)) await cp(wheels, join(root, wheels), { recursive: true })
    const sitePackages = join(library, 'site-packages')
    await mkdir(sitePackages, { recursive: true })
    if (server)
      await cp(join(prefix, 'lib', name, 'site-packages'), sitePackages, {
        recursive: true,
        // Large, and nothing that serves.
        filter: (path) => !/\/site-packages\/(rattler|azure\/ai)$/.test(path),
      })
    if (channel !== undefined) await cp(channel, join(root, 'channel'), { recursive: true })
    const programs: string[] = [program]
    for (const tool of tools) {
      const place = ['/usr/bin', '/bin'].map((folder) => join(folder, tool)).find(existsSync)
      if (place === undefined) throw new Error(`This machine has no ${tool}.`)
      await cp(place, join(root, 'bin', tool), { dereference: true })
      programs.push(place)
    }
    if (node) {
      await cp(process.execPath, join(root, 'opt/bin/node'))
      programs.push(process.execPath)
    }
    const modules = join(basePrefix, 'lib', name, 'lib-dynload')
    programs.push(...(await readdir(modules)).filter((file) => file.endsWith('.so')).map((file) => join(modules, file)))
    programs.push(...nativeLibraries.flatMap(placeOfLibrary))
    await copyLibraries(programs, root)
    return await importFolder(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function placeOfLibrary(file: string): readonly string[] {
  const place = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
    .map((folder) => join(folder, file))
    .find(existsSync)
  return place === undefined ? [] : [place]
}

/** What programs are linked with, and the libraries among them, at the paths the loader looks at. */
export async function copyLibraries(programs: readonly string[], root: string): Promise<void> {
  const { stdout } = await run('ldd', [...programs], { maxBuffer: 16 * 1024 * 1024 }).catch(
    (failure: { readonly stdout?: string }) => ({ stdout: failure.stdout ?? '' }),
  )
  const linked = [...stdout.matchAll(/(?<=^\s.*)\/\S+(?= \()/gm)].map(([library]) => library)
  for (const library of new Set([...linked, ...programs.filter((path) => /\/lib[^/]*\.so\.\d/.test(path))])) {
    const isSystem = library.startsWith('/lib') || library.startsWith('/usr')
    const place = isSystem ? library : join('/usr/lib', library.split('/').at(-1) ?? '')
    await mkdir(dirname(join(root, place)), { recursive: true })
    await cp(library, join(root, place), { dereference: true })
  }
}

/** A folder as the only layer of an image. */
export async function importFolder(root: string): Promise<BaseImage> {
  const engine = await dockerEngine()
  const repository = `azureml-cd/test-${randomBytes(6).toString('hex')}`
  const archive = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const progress = await engine.importImage(archive.stdout, {
    repo: repository,
    tag: '1',
    changes: ['ENV PATH=/opt/bin:/usr/bin:/bin'],
  })
  await new Promise<void>((resolve, reject) =>
    engine.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve())),
  )
  return {
    name: `${repository}:1`,
    remove: () => removeImages(`${repository}:1`),
  }
}

/** Removes images by their names, with what nobody else needs of them. */
export async function removeImages(...names: readonly string[]): Promise<void> {
  const engine = await dockerEngine()
  for (const name of names)
    await engine
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined)
}
