import { z } from 'zod'

export const stringMap = z.record(z.string(), z.coerce.string())

/** Tags and properties: absent means none. */
export const labels = stringMap.default({})

export const systemData = z.looseObject({ createdAt: z.string().optional() }).optional()

/** One segment of a path, whatever the name holds. */
export function segment(name: string): string {
  return encodeURIComponent(name)
}

/** `a=1,b=2`, as the service wants tags in a query; undefined when there are none. */
export function labelQuery(values: Readonly<Record<string, string>> | undefined): string | undefined {
  const pairs = Object.entries(values ?? {}).map(([key, value]) => (value === '' ? key : `${key}=${value}`))
  return pairs.length > 0 ? pairs.join(',') : undefined
}

/** The value without its undefined members, at the first level: what is not said is not written. */
export function said(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
