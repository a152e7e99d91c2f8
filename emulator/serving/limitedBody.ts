import { Transform, type TransformCallback } from 'node:stream'

/** The most that Azure's managed endpoints take in one request. */
export const payloadLimitBytes = 10 * 1024 * 1024

export class PayloadTooLarge extends Error {
  constructor() {
    super(`The request is larger than ${payloadLimitBytes} bytes.`)
  }
}

/** Passes a body of unknown length on until it is too large. */
export class LimitedBody extends Transform {
  #bytes = 0

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    if (this.#bytes > payloadLimitBytes) done(new PayloadTooLarge())
    else done(null, chunk)
  }
}
