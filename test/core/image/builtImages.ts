import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import { extract } from 'tar-stream'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { answersLiveness } from '../../../core/runtime/readiness.ts'
import { removeImages } from './baseImage.ts'

/** Names for images that a test builds, by which they are removed when it ends. */
export class BuiltImages {
  readonly #names = new Set<string>()

  /** Of one in a registry whose address ends in a slash, or of this machine's engine. */
  name(registry = ''): string {
    return this.add(`${registry}azureml-cd/test-${randomBytes(6).toString('hex')}:1`)
  }

  /** One that got its name otherwise. */
  add(name: string): string {
    this.#names.add(name)
    return name
  }

  remove(): Promise<void> {
    return removeImages(...this.#names)
  }
}

/** Runs an image as any engine would until the test ends, and answers with where it is served. */
export async function served(t: ExecutionContext, image: string): Promise<string> {
  const engine = await dockerEngine()
  const container = await engine.createContainer({
    Image: image,
    HostConfig: { Init: true, PortBindings: { '5001/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
  })
  t.teardown(() => container.remove({ force: true }))
  await container.start()
  const { NetworkSettings: network } = await container.inspect()
  const url = `http://127.0.0.1:${network.Ports['5001/tcp']?.[0]?.HostPort}`
  await answersLiveness(url, AbortSignal.timeout(60_000))
  return url
}

/** What a program of the Python of a scoring image writes to /tmp/out. */
export async function outputOf(image: string, program: string): Promise<ReadonlyMap<string, Buffer>> {
  const engine = await dockerEngine()
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: ['/azureml-envs/azureml-cd/bin/python', '-c', `import os; os.makedirs("/tmp/out")\n${program}`],
  })
  try {
    await container.start()
    const { StatusCode: code } = await container.wait()
    if (code !== 0) throw new Error(String(await container.logs({ stdout: true, stderr: true })))
    const files = new Map<string, Buffer>()
    const archive = extract()
    const stream = await container.getArchive({ path: '/tmp/out' })
    stream.pipe(archive)
    for await (const entry of archive)
      if (entry.header.type === 'file') files.set(entry.header.name.replace(/^out\//, ''), await buffer(entry))
      else entry.resume()
    return files
  } finally {
    await container.remove({ force: true })
  }
}
