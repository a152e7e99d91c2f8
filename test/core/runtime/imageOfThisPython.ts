import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { inspectPython } from '../../../core/runtime/python.ts'
import { python } from '../../requirements.ts'

const run = promisify(execFile)

/** A small image with this machine's Python under /opt and nothing else. It is removed when the test ends. */
export async function imageOfThisPython(t: ExecutionContext): Promise<string> {
  const { basePrefix, version } = await inspectPython(python)
  const [major, minor] = version.split('.')
  const name = `python${major}.${minor}`
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-image-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const program = join(basePrefix, 'bin', name)
  await mkdir(join(root, 'opt/bin'), { recursive: true })
  await cp(program, join(root, 'opt/bin/python3'))
  await cp(join(basePrefix, 'lib', name), join(root, 'opt/lib', name), {
    recursive: true,
    filter: (path) =>
      !/\/(site-packages|dist-packages|test|tests|config-[^/]*|idlelib|ensurepip|__pycache__)$/.test(path),
  })
  // What the program is linked with, at the paths the loader looks at.
  const modules = join(basePrefix, 'lib', name, 'lib-dynload')
  const linked = (await readdir(modules)).filter((file) => /^(zlib|_socket|math|select|_posixsubprocess)\./.test(file))
  const { stdout } = await run('ldd', [program, ...linked.map((file) => join(modules, file))])
  for (const [library] of stdout.matchAll(/(?<=^\s.*)\/\S+(?= \()/gm)) {
    const place =
      library.startsWith('/lib') || library.startsWith('/usr')
        ? library
        : join('/usr/lib', library.split('/').at(-1) ?? '')
    await mkdir(dirname(join(root, place)), { recursive: true })
    await cp(library, join(root, place), { dereference: true })
  }
  const engine = await dockerEngine()
  const repository = `azureml-cd/test-${randomBytes(6).toString('hex')}`
  const archive = spawn('tar', ['-c', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const progress = await engine.importImage(archive.stdout, {
    repo: repository,
    tag: '1',
    changes: ['ENV PATH=/opt/bin:/usr/bin', 'ENV FROM=image'],
  })
  await new Promise<void>((resolve, reject) =>
    engine.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve())),
  )
  t.teardown(() => engine.getImage(`${repository}:1`).remove({ force: true }))
  return `${repository}:1`
}
