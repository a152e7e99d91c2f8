import type { RequestListener } from 'node:http'
import type { Server } from 'node:https'

/**
 * Keeps what arrives while the server is listening but cannot answer yet, as clients of an emulator that is started
 * again do: without it their requests would never be answered. Hand the listener to what this answers.
 */
export function earlyRequests(server: Server): (listener: RequestListener) => void {
  const held: Parameters<RequestListener>[] = []
  const hold: RequestListener = (...exchange) => void held.push(exchange)
  server.on('request', hold)
  return (listener) => {
    server.off('request', hold)
    server.on('request', listener)
    for (const exchange of held.splice(0)) listener(...exchange)
  }
}
