import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import type { buildConnector } from 'undici'

/** Whom a destination may be: anybody on the internet, or also this machine and its private networks. */
export type Reach = 'public' | 'private'

/** Resolves a name to every address it has. Passed in where a test must hold the answers still. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** Never connected to: the metadata services of clouds, which hand out credentials to whoever asks, and nobody at all. */
const never = blockList({
  ipv4: ['0.0.0.0/8', '169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32', '224.0.0.0/3'],
  ipv6: ['::/128', 'fe80::/10', 'fd00:ec2::254/128', 'ff00::/8'],
})

/** This machine, private networks, and what is set aside for other uses than hosts (IANA's special-purpose registries). */
const notPublic = blockList({
  ipv4: [
    ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
    ...['192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
    ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ],
  ipv6: ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
})

/** Of IPv6 only these are hosts on the internet, less what is set aside among them. */
const publicIpv6 = blockList({ ipv4: [], ipv6: ['2000::/3'] })

function blockList(subnets: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] }): BlockList {
  const list = new BlockList()
  for (const family of ['ipv4', 'ipv6'] as const)
    for (const subnet of subnets[family]) {
      const [address = '', bits] = subnet.split('/')
      list.addSubnet(address, Number(bits), family)
    }
  return list
}

/** Whether an address may be connected to. IPv4 inside IPv6 is judged as the IPv4 it leads to. */
export function isReachable(given: string, reach: Reach): boolean {
  // A zone (fe80::1%eth0) says which way, not whereto.
  const [address = ''] = given.split('%')
  const family = isIP(address)
  if (family === 0) return false
  if (family === 4) return !never.check(address) && (reach === 'private' || !notPublic.check(address))
  const embedded = embeddedIpv4(address)
  if (embedded !== undefined) return isReachable(embedded, reach)
  if (never.check(address, 'ipv6')) return false
  return reach === 'private' || (publicIpv6.check(address, 'ipv6') && !notPublic.check(address, 'ipv6'))
}

/** The IPv4 address within one that is mapped (::ffff:0:0/96), compatible (::/96) or translated (64:ff9b::/96). */
function embeddedIpv4(address: string): string | undefined {
  // The URL parser writes every IPv6 address in one way, dotted ends as two groups.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [, high = '0', low = ''] =
    /^(?:::ffff:|::ffff:0:|64:ff9b::|::)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(canonical) ?? []
  if (low === '' || canonical === '::1') return undefined
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return `${first >> 8}.${first & 255}.${second >> 8}.${second & 255}`
}

/** Says why nothing was connected to; what it is a cause of was certainly not sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'
  /** No later attempt can go better until a person changes something. */
  readonly refused: boolean

  constructor(message: string, options: { readonly refused: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause })
    this.refused = options.refused
  }
}

export const connectMilliseconds = 10_000

/**
 * A way to connect that judges the very address it connects to: a name that points elsewhere at its second look-up
 * (DNS rebinding) is looked up once, here, and the socket's own word is checked before anything is written to it.
 */
export function guardedConnector(
  build: typeof buildConnector,
  reach: Reach,
  resolve: Resolve = resolveByName,
): buildConnector.connector {
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !isReachable(address, reach))
        const [first] = addresses
        if (refused) callback(refusal(hostname, refused.address, reach), '')
        else if (!first) callback(new NotConnected(`The name ${hostname} has no address.`, { refused: false }), '')
        else if (options.all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (cause: unknown) => callback(cause instanceof Error ? cause : new Error(String(cause)), ''),
    )
  }
  const connect = build({ timeout: connectMilliseconds, lookup: guardedLookup })
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1')
    if (isIP(literal) !== 0 && !isReachable(literal, reach)) {
      callback(refusal(options.hostname, literal, reach), null)
      return
    }
    connect(options, (...[error, socket]) => {
      if (error) {
        callback(notConnected(options.hostname, error), null)
        return
      }
      const { remoteAddress } = socket
      if (remoteAddress !== undefined && isReachable(remoteAddress, reach)) {
        callback(null, socket)
        return
      }
      socket.destroy()
      callback(refusal(options.hostname, remoteAddress ?? 'an unknown address', reach), null)
    })
  }
}

export const resolveByName: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })

export function refusal(hostname: string, address: string, reach: Reach): NotConnected {
  const leads = hostname === address || hostname === `[${address}]` ? '' : ` leads to ${address}, which`
  const mend = reach === 'private' ? '' : ' Set allowPrivateAddresses for this destination if it is meant.'
  const what = reach === 'private' ? 'nobody or to a metadata service' : 'this machine or a private network'
  return new NotConnected(
    `${isIPv6(hostname) ? `[${hostname}]` : hostname}${leads} belongs to ${what} and is not connected to.${mend}`,
    { refused: true },
  )
}

/** What hindered a connection, as one that certainly nothing was sent over. */
export function notConnected(hostname: string, error: Error): NotConnected {
  if (error instanceof NotConnected) return error
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return new NotConnected(`No connection to ${hostname} came about${code}: ${error.message}`, {
    refused: false,
    cause: error,
  })
}
