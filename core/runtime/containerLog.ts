import type Docker from 'dockerode'

/** The last lines of a container's log, both streams in the order they were written. */
export async function containerLog(container: Docker.Container, lines: number): Promise<string> {
  const frames = await container.logs({ stdout: true, stderr: true, tail: lines })
  const parts: Buffer[] = []
  // Each frame has a header of eight bytes, of which the last four are its length.
  for (let at = 0; at + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(at + 4)
    parts.push(frames.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(parts).toString('utf8')
}
