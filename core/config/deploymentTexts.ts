import type { GivenDeployment } from './deploymentSchema.ts'
import type { ConfigDocument } from './document.ts'

/** Texts as they are written: a tag `1.10` stays `1.10`. */
export function textsOf(
  key: 'environmentVariables' | 'tags',
  given: GivenDeployment,
  document: ConfigDocument,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given[key] ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (document.scalar([key, name]) ?? String(value)),
    ]),
  )
}
