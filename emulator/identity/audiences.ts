/** For whom tokens are that score on endpoints with Entra authentication. */
export const mlAudience = 'https://ml.azure.com'
export const storageAudience = 'https://storage.azure.com'
export const managementAudiences = ['https://management.azure.com', 'https://management.core.windows.net'] as const

/** The names by which a token can be for this resource manager itself, whichever of them `url` uses. */
export function ownAudiences(url: string): readonly string[] {
  return ownOrigins(url)
}

/** The origins under which this server is reached. */
export function ownOrigins(url: string): readonly string[] {
  const { port } = new URL(url)
  return [`https://127.0.0.1:${port}`, `https://localhost:${port}`]
}

/** Whether tokens for this resource are given out. A slash at the end does not matter. */
export function isKnownAudience(audience: string, url: string): boolean {
  const known: readonly string[] = [...ownAudiences(url), ...managementAudiences, mlAudience, storageAudience]
  return known.includes(audience.replace(/\/$/, ''))
}
