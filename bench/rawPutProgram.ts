// What Node.js itself manages: PUTs the bytes of one block again and again, reading and digesting nothing.
//
//   node rawPutProgram.js '{"url", "size", "blockSize", "concurrency", "caFile"}'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { z } from 'zod'

const { url, size, blockSize, concurrency, caFile } = z
  .object({
    url: z.string(),
    size: z.number(),
    blockSize: z.number(),
    concurrency: z.number(),
    caFile: z.string().optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const secure = url.startsWith('https:')
const agent = secure
  ? new SecureAgent({ keepAlive: true, maxSockets: concurrency, ...(caFile ? { ca: readFileSync(caFile) } : {}) })
  : new Agent({ keepAlive: true, maxSockets: concurrency })
const blocks = Array.from({ length: concurrency }, () => randomBytes(blockSize))
let left = size

function put(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': bytes.length }
    const sending = (secure ? secureRequest : request)(`${url}/bench`, { agent, method: 'PUT', headers }, (answer) => {
      answer.resume()
      answer.once('end', resolve)
    })
    sending.once('error', reject)
    sending.end(bytes)
  })
}

async function lane(block: Buffer): Promise<void> {
  while (left > 0) {
    const bytes = left < blockSize ? block.subarray(0, left) : block
    left -= bytes.length
    await put(bytes)
  }
}

const started = performance.now()
await Promise.all(blocks.map(lane))
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }))
agent.destroy()
