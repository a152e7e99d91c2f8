import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { UserError } from '../../core/index.ts'
import type { Relay } from '../relay.ts'

export interface Served {
  /** For instance `http://127.0.0.1:8080`. */
  readonly url: string
  /** Takes no more requests, and resolves when those that were taken are answered. */
  close(): Promise<void>
}

/** The relay on a port of this machine. TLS is for what stands in front: Event Grid speaks HTTPS only. */
export async function serve(options: {
  readonly relay: Pick<Relay, 'fetch'>
  readonly host: string
  readonly port: number
}): Promise<Served> {
  const { relay, host, port } = options
  const server = createServer(
    // A slow sender is cut off instead of holding a connection.
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 32_768 },
    getRequestListener((request) => relay.fetch(request), { overrideGlobalObjects: false }),
  )
  server.maxConnections = 4096
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`The relay cannot listen on ${host}:${port}: ${reason}.`)
  })
  return { url: urlOf(server, host), close: () => closed(server) }
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function closed(server: Server): Promise<void> {
  const end = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), 10_000)
  await end
  clearTimeout(late)
}
