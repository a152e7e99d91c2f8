import type { TransformCallback } from 'node:stream'
import { LimitedBody } from './limitedBody.ts'
import type { RequestFigures } from './requestFigures.ts'
import type { ServedDeployment } from './serving.ts'

/** A body that remembers what has passed, for a copy of the request. */
export class KeptBody extends LimitedBody {
  readonly #chunks: Buffer[] = []

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    this.#chunks.push(chunk)
    super._transform(chunk, encoding, done)
  }

  get content(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** A request to be sent again. */
export interface RequestCopy {
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer | null
}

/**
 * Sends a copy of a request to the deployment that traffic is mirrored to. Nobody waits for the answer and nobody sees
 * it; a deployment that has too much to do already does not get the copy.
 */
export async function mirror(options: {
  /** `endpoint/deployment`. */
  readonly key: string
  readonly served: ServedDeployment
  /** As many requests may be under way. */
  readonly limit: number
  readonly copy: RequestCopy
  readonly figures: RequestFigures
}): Promise<void> {
  const { key, served, limit, copy, figures } = options
  const { server } = served
  if (server.pool === undefined || server.inFlight >= limit) return
  const leave = server.enter()
  const started = performance.now()
  let failed = true
  try {
    const { path, headers, body } = copy
    const answer = await server.pool.request({
      path,
      method: copy.method === 'POST' ? 'POST' : 'GET',
      headers: { ...headers },
      body,
      headersTimeout: served.requestTimeoutMilliseconds,
    })
    await answer.body.dump()
    failed = answer.statusCode !== 200
  } catch {
    // The caller has had its answer from elsewhere.
  } finally {
    leave()
    figures.count(key, { milliseconds: performance.now() - started, failed })
  }
}
