/** Which proxy a request goes through; undefined when it goes straight. */
export type ProxyFor = (url: URL) => URL | undefined

export const noProxy: ProxyFor = () => undefined

/**
 * The proxies of an environment, read as Azure's client libraries read them, so that what goes to Azure and what goes to
 * destinations go the same way: `HTTPS_PROXY`, else `ALL_PROXY`, else `HTTP_PROXY`; `NO_PROXY` lists hosts and, with a
 * dot before them, domains. This machine is never asked for through a proxy.
 */
export function proxySettings(environment: Readonly<Record<string, string | undefined>>): ProxyFor {
  const given = (name: string) => environment[name]?.trim() || environment[name.toLowerCase()]?.trim() || undefined
  const text = given('HTTPS_PROXY') ?? given('ALL_PROXY') ?? given('HTTP_PROXY')
  if (text === undefined || !URL.canParse(text)) return noProxy
  const proxy = new URL(text)
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') return noProxy
  const direct = (given('NO_PROXY') ?? '')
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== '')
  return ({ hostname }) => {
    if (/^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname)) return undefined
    const host = hostname.toLowerCase()
    const isDirect = direct.some((item) => host === item || (item.startsWith('.') && `.${host}`.endsWith(item)))
    return isDirect ? undefined : proxy
  }
}
