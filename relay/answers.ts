/** On every answer: nothing of the relay is kept by a cache, guessed at by a browser, or shown inside another page. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { ...always, 'content-type': 'application/json; charset=utf-8', ...headers },
  })
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...always, ...headers } })
}

export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(text, { status, headers: { ...always, ...headers } })
}

/** A request that is not done, with the status to answer; the message is for whoever set the sender up. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: 400 | 401 | 403 | 413 | 415, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * The relay's own trouble. Event Grid gives an event up for good after 400, 401, 403 and 413, and comes again after
 * this, as MLflow does.
 */
export function ownTrouble(): Response {
  return jsonAnswer(503, { error: 'The relay cannot take this now; send it again.' }, { 'retry-after': '10' })
}
