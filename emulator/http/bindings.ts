import type { IncomingMessage } from 'node:http'

/** What a route finds beside the request: the message it came in. */
export interface Bindings {
  readonly Bindings: { readonly incoming: IncomingMessage }
}
