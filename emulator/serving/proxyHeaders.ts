import type { IncomingHttpHeaders } from 'node:http'

/** Headers that are about one connection (RFC 9110, 7.6.1), and the caller's key, which is not the model's business. */
const notForwarded = new Set([
  'authorization',
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What a request or an answer keeps on its way through. */
export function forwardedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !notForwarded.has(name)) kept[name] = value
  return kept
}
