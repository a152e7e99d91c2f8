import type { Server } from 'node:https'
import { UserError } from '../../core/errors.ts'

/** Begins to listen; answers the port. Throws `UserError` when it is taken or the address is not this machine's. */
export function listen(server: Server, { port, address }: { port: number; address: string }): Promise<number> {
  return new Promise((settle, reject) => {
    server.once('error', (error) =>
      reject(new UserError(`The port ${port} of ${address} cannot be used: ${error.message}.`, { cause: error })),
    )
    server.listen(port, address, () => {
      const taken = server.address()
      if (typeof taken === 'object' && taken !== null) settle(taken.port)
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
