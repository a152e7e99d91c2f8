import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request that was answered or dropped. Neither headers nor bodies are kept: they hold secrets. */
export interface RecordedRequest {
  readonly at: string
  readonly method: string
  /** Path and query, signatures taken out. */
  readonly path: string
  /** Null when the connection ended without an answer. */
  readonly status: number | null
  readonly milliseconds: number
}

/** Remembers the last ten thousand requests. */
export class RequestRecorder {
  readonly #limit = 10_000
  #requests: RecordedRequest[] = []

  watch(request: IncomingMessage, response: ServerResponse): void {
    const started = performance.now()
    const at = new Date().toISOString()
    response.once('close', () => {
      this.#requests.push({
        at,
        method: request.method ?? '',
        path: withoutSecrets(request.url ?? ''),
        status: response.writableFinished ? response.statusCode : null,
        milliseconds: Math.round((performance.now() - started) * 10) / 10,
      })
      if (this.#requests.length > this.#limit * 1.1) this.#requests = this.#requests.slice(-this.#limit)
    })
  }

  all(): readonly RecordedRequest[] {
    return this.#requests.slice(-this.#limit)
  }

  clear(): void {
    this.#requests = []
  }
}

function withoutSecrets(path: string): string {
  return path.replace(/([?&](?:sig|code|token|access_token|client_secret)=)[^&]*/gi, '$1***')
}
