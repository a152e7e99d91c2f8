import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { isNotFound } from './dockerEngine.ts'

const repository = 'azureml-cd/empty'
const tag = '1'

/**
 * An image with nothing in it but empty folders, for containers that borrow this machine's own programs. Made on the
 * spot: no registry is needed. Answers with its name.
 */
export async function emptyImage(engine: Docker): Promise<string> {
  const name = `${repository}:${tag}`
  try {
    await engine.getImage(name).inspect()
  } catch (error) {
    if (!isNotFound(error)) throw error
    const folders: readonly (readonly [string, number])[] = [
      ['tmp/', 0o1777],
      ['etc/', 0o755],
      ['var/azureml-app/', 0o755],
    ]
    const archive = Buffer.concat([...folders.map(([path, mode]) => folderHeader(path, mode)), Buffer.alloc(1024)])
    const progress = await engine.importImage(Readable.from([archive]), { repo: repository, tag })
    await new Promise<void>((resolve, reject) =>
      engine.modem.followProgress(progress, (failure: Error | null) => (failure ? reject(failure) : resolve())),
    )
  }
  return name
}

/** One folder in a tar archive (POSIX ustar: a header of 512 bytes, numbers in octal). */
function folderHeader(path: string, mode: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, offset: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1')
  header.write(path, 0, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(0, 124, 12)
  octal(0, 136, 12)
  header.write('5', 156, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  // The checksum is taken with its own field full of spaces.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
