/** For whom tokens are that score on endpoints with Entra authentication. */
export const mlAudience = 'https://ml.azure.com'
export const storageAudience = 'https://storage.azure.com'
export const iotHubAudience = 'https://iothubs.azure.net'
export const managementAudiences = ['https://management.azure.com', 'https://management.core.windows.net'] as const

/** The names by which a token can be for this resource manager itself, whichever of them `url` uses. */
export function ownAudiences(url: string): readonly string[] {
  return ownOrigins(url)
}

/** The origins under which this server is reached; `url` is of a request that it has taken as its own. */
export function ownOrigins(url: string): readonly string[] {
  const { origin } = new URL(url)
  return [...new Set([...['127.0.0.1', 'localhost'].map((name) => withHost(origin, name)), origin])]
}

function withHost(origin: string, name: string): string {
  const url = new URL(origin)
  url.hostname = name
  return url.origin
}

/** Whether tokens for this resource are given out. A slash at the end does not matter. */
export function isKnownAudience(audience: string, url: string): boolean {
  const known: readonly string[] = [
    ...ownAudiences(url),
    ...managementAudiences,
    mlAudience,
    storageAudience,
    iotHubAudience,
  ]
  return known.includes(audience.replace(/\/$/, ''))
}
