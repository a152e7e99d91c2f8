import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { isIP, isIPv6, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import {
  connectMilliseconds,
  isReachable,
  NotConnected,
  notConnected,
  type Reach,
  type Resolve,
  refusal,
  resolveByName,
} from './addressGuard.ts'
import type { ProxyFor } from './proxySettings.ts'

/**
 * A way to connect that goes through the proxy where there is one. The proxy looks names up itself, so that what it
 * connects to cannot be judged: the name must lead, as far as this machine sees, to addresses that are allowed, and the
 * other side must prove by its certificate that the name is its own before anything is sent.
 */
export function proxiedConnector(options: {
  readonly direct: buildConnector.connector
  readonly build: typeof buildConnector
  readonly reach: Reach
  readonly proxyFor: ProxyFor
  readonly resolve?: Resolve | undefined
}): buildConnector.connector {
  const { direct, build, reach, proxyFor, resolve = resolveByName } = options
  const secure = build({ timeout: connectMilliseconds })
  return (target, callback) => {
    const { hostname, protocol } = target
    // The other side as a URL has it: IPv6 in brackets.
    const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${Number(target.port) || 443}`
    // Plain http is for this machine only, and nothing proves there who answers.
    const proxy = protocol === 'https:' ? proxyFor(new URL(`https://${authority}/`)) : undefined
    if (!proxy) {
      direct(target, callback)
      return
    }
    judge(hostname, reach, resolve)
      .then(() => openTunnel(proxy, authority))
      .then(
        (httpSocket) =>
          secure({ ...target, httpSocket }, (...[error, socket]) => {
            if (error) callback(notConnected(hostname, error), null)
            else callback(null, socket)
          }),
        (error: unknown) =>
          callback(notConnected(hostname, error instanceof Error ? error : new Error(String(error))), null),
      )
  }
}

async function judge(hostname: string, reach: Reach, resolve: Resolve): Promise<void> {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses =
    isIP(literal) === 0 ? (await resolve(hostname).catch(() => [])).map(({ address }) => address) : [literal]
  const refused = addresses.find((address) => !isReachable(address, reach))
  if (refused !== undefined) throw refusal(hostname, refused, reach)
  if (addresses.length === 0 && reach === 'public')
    throw new NotConnected(
      `The name ${hostname} cannot be looked up here, so that it cannot be told where the proxy would connect to. Set allowPrivateAddresses for this destination if that may be anywhere.`,
      { refused: false },
    )
}

/** The socket that the proxy has connected to a host and port. The proxy's own address is the operator's word. */
function openTunnel(proxy: URL, authority: string): Promise<Socket> {
  const { hostname, protocol, username, password, host } = proxy
  const request = protocol === 'https:' ? requestByHttps : requestByHttp
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(new NotConnected(`The proxy ${host} made no way to ${authority}: ${reason}.`, { refused: false, cause }))
    request({
      ...{ method: 'CONNECT', host: hostname.replace(/^\[(.*)\]$/, '$1'), path: authority, agent: false },
      port: proxy.port || (protocol === 'https:' ? 443 : 80),
      headers: {
        host: authority,
        ...(username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      timeout: connectMilliseconds,
    })
      .once('connect', ({ statusCode = 0 }, socket: Socket, early: Buffer) => {
        if (statusCode === 200 && early.length === 0) {
          socket.setTimeout(0)
          resolve(socket)
          return
        }
        socket.destroy()
        fail(`it answered ${statusCode}`)
      })
      .once('response', (answer) => {
        answer.destroy()
        fail(`it answered ${answer.statusCode}`)
      })
      .once('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error('it did not answer in time'))
      })
      .once('error', (error) => fail(error.message, error))
      .end()
  })
}
