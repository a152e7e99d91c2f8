import { open } from 'node:fs/promises'

const tailBytes = 64 * 1024
/** The last line of a Python traceback starts at the margin with the exception's name. */
const exception = /^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b/
/** azureml-inference-server-http reports the script's own exception first, then this one around it. */
const wrapper = /^azureml_inference_server_http\.\S*UserScript(Import)?Exception\b/

/**
 * The line of a server's log that tells a person most about why it ended: the last exception, or else the last line.
 * Reads only what was written at or after `from` (a byte offset).
 */
export async function tellingLogLine(logFile: string, from: number): Promise<string | undefined> {
  const file = await open(logFile)
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - tailBytes)
    if (size <= start) return undefined
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start })
    const lines = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '')
    return lines.findLast((line) => exception.test(line) && !wrapper.test(line)) ?? lines.at(-1)
  } finally {
    await file.close()
  }
}
