import { open } from 'node:fs/promises'

/** More than this of a log's end is not looked through. */
const mostBytes = 4 * 1024 * 1024

/** The last lines of a file, which may be large; empty when there is no such file. */
export async function lastLines(path: string, lines: number): Promise<string> {
  const file = await open(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const length = Math.min(size, mostBytes)
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: size - length })
    const text = buffer.toString('utf8', 0, bytesRead)
    const all = text.split('\n')
    const end = all.at(-1) === '' ? all.slice(0, -1) : all
    return end
      .slice(-lines)
      .map((line) => `${line}\n`)
      .join('')
  } finally {
    await file.close()
  }
}
