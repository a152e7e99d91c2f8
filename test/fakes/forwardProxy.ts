import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'

/** A forward proxy of this machine that leads every name to one port, and keeps what it was asked for. */
export class ForwardProxy {
  /** `CONNECT host:port`, or a method and a whole address. */
  readonly asked: string[] = []
  readonly credentials: (string | undefined)[] = []
  /** Answered to the next CONNECT instead of making a way. */
  refuseWith: number | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(leadsTo: number) {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`)
      request.resume()
      response.end('through the proxy')
    })
    this.#server.on('connect', (request, socket: Socket) => {
      this.asked.push(`CONNECT ${request.url}`)
      this.credentials.push(request.headers['proxy-authorization'])
      this.#keep(socket)
      if (this.refuseWith !== undefined) {
        socket.end(`HTTP/1.1 ${this.refuseWith} No\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const onward = connect(leadsTo, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
      this.#keep(onward)
    })
  }

  static async start(leadsTo: number): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(leadsTo)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
