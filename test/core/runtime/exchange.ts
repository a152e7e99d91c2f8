import { request } from 'node:http'

export interface Exchange {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Several pieces are sent without telling their length beforehand. */
  readonly body?: string | Buffer | readonly string[]
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One request on a connection of its own; the answer's headers in lower case, repeated ones joined by commas. */
export function exchange(
  url: string,
  { method = 'POST', path = '/score', headers = {}, body }: Exchange,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      )
    })
    call.once('error', reject)
    if (Array.isArray(body)) for (const piece of body) call.write(piece)
    else if (typeof body === 'string' || Buffer.isBuffer(body)) {
      call.setHeader('content-length', Buffer.byteLength(body))
      call.write(body)
    }
    call.end()
  })
}
