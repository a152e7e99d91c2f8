import type { Server } from 'node:https'
import { UserError } from '../../core/errors.ts'

/** Begins to listen on 127.0.0.1; answers the port. Throws `UserError` when it is taken. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((settle, reject) => {
    server.once('error', (error) =>
      reject(new UserError(`The port ${port} of 127.0.0.1 cannot be used: ${error.message}.`, { cause: error })),
    )
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) settle(address.port)
    })
  })
}

/** Ends every connection, and listening. */
export async function stopListening(server: Server): Promise<void> {
  const closed = new Promise((settle) => server.close(settle))
  server.closeIdleConnections()
  server.closeAllConnections()
  await closed
}
