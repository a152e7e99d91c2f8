/** The agent's proxy, as it was configured (`config.sh --proxyurl`). */
export interface AgentProxy {
  readonly proxyUrl: string
  readonly proxyUsername?: string | undefined
  readonly proxyPassword?: string | undefined
  /** Regular expressions over addresses. */
  readonly proxyBypassHosts?: readonly string[] | undefined
}

/** This machine, and where machines in Azure get the tokens of their identity. */
const neverProxied = ['127.0.0.1', 'localhost', '169.254.169.254']

/**
 * The environment variables that make Azure's libraries use the agent's proxy. Bypass expressions that are a host or the
 * end of one are carried over; what else there is, is named in `lost`.
 */
export function proxyVariables(
  proxy: AgentProxy,
  noProxy: string | undefined,
): { readonly variables: Readonly<Record<string, string>>; readonly lost: readonly string[] } {
  const url = new URL(proxy.proxyUrl)
  if (proxy.proxyUsername) url.username = encodeURIComponent(proxy.proxyUsername)
  if (proxy.proxyUsername && proxy.proxyPassword) url.password = encodeURIComponent(proxy.proxyPassword)
  const bypass = (proxy.proxyBypassHosts ?? []).map((expression) => ({ expression, host: hostOf(expression) }))
  const hosts = [
    ...(noProxy?.split(',') ?? []).map((host) => host.trim()),
    ...neverProxied,
    ...bypass.flatMap(({ host }) => (host === undefined ? [] : [host])),
  ]
  return {
    variables: {
      HTTPS_PROXY: url.href,
      HTTP_PROXY: url.href,
      NO_PROXY: [...new Set(hosts.filter((host) => host !== ''))].join(','),
    },
    lost: bypass.flatMap(({ expression, host }) => (host === undefined ? [expression] : [])),
  }
}

/** `.*\.contoso\.com$` → `.contoso.com`; undefined for an expression that says more than a host. */
function hostOf(expression: string): string | undefined {
  const [, open, body = ''] =
    /^\^?(?:https?:\/\/)?(\.\*(?:\\\.)?|\.(?=[\w-]))?((?:[\w-]|\\\.|\.(?!\*))+?)(?:\/?\.\*)?\/?\$?$/.exec(expression) ??
    []
  const host = body.replaceAll('\\.', '.')
  if (host === '' || !/^[\w-]+(\.[\w-]+)*$/.test(host)) return undefined
  return open === undefined ? host : `.${host}`
}
