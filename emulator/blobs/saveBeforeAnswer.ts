import type { ServerResponse } from 'node:http'

/** Holds the end of an answer back until what it acknowledges is on disk; without that, there is no answer. */
export function saveBeforeAnswer(response: ServerResponse, save: () => Promise<void>): void {
  const end = response.end
  let ended = false
  Object.defineProperty(response, 'end', {
    configurable: true,
    writable: true,
    value: (...rest: Parameters<typeof end>) => {
      // The second of two calls is ignored by Node as well.
      if (ended) return response
      ended = true
      save().then(
        () => Reflect.apply(end, response, rest),
        () => response.destroy(),
      )
      return response
    },
  })
}
