import { posix } from 'node:path'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { isNotFound } from './dockerEngine.ts'

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The path of Python in an image: `python`, or else `python3`, in the first folder of the image's own PATH that has it;
 * undefined when none has. Nothing is run: a container is made, looked into, and removed.
 */
export async function imagePython(engine: Docker, image: string): Promise<string | undefined> {
  const { Config: config } = await engine.getImage(image).inspect()
  const path = config.Env?.find((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? systemPath
  const folders = path.split(':').filter((folder) => folder.startsWith('/'))
  const container = await engine.createContainer({ Image: image, Entrypoint: ['-'] })
  try {
    for (const name of ['python', 'python3'])
      for (const folder of folders) {
        const candidate = posix.join(folder, name)
        if (await isThere(container, candidate)) return candidate
      }
    return undefined
  } finally {
    await container.remove({ force: true })
  }
}

async function isThere(container: Docker.Container, path: string): Promise<boolean> {
  try {
    const answer: unknown = await container.infoArchive({ path })
    // The answer has no body, but its connection stays open until that is read.
    if (answer instanceof Readable) answer.resume()
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
