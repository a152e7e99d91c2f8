import type { ConfigDocument } from './document.ts'

/** Texts as they are written: a tag `1.10` stays `1.10`. */
export function textsOf<K extends 'environmentVariables' | 'tags' | 'properties'>(
  key: K,
  given: { readonly [P in K]?: Readonly<Record<string, unknown>> | undefined },
  document: ConfigDocument,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given[key] ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (document.scalar([key, name]) ?? String(value)),
    ]),
  )
}
