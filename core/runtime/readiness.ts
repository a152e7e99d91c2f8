import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const retryMilliseconds = 25

/**
 * Resolves once the server answers its liveness route. A server whose port is open already holds the request until the
 * entry script is loaded, so this seldom asks twice. Rejects only when `signal` is aborted, with its reason.
 */
export async function answersLiveness(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    if ((await livenessStatus(url, signal)) === 200) return
    await delay(retryMilliseconds, undefined, { signal }).catch(() => undefined)
  }
}

/** The status, or undefined when there was no answer. */
function livenessStatus(url: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = request(`${url}/`, { signal, agent: false }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.statusCode))
    })
    probe.once('error', () => resolve(undefined))
    probe.end()
  })
}
