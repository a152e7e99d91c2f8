import { z } from 'zod'
import { AzureError } from './armError.ts'

/** Reads an answer at the edge: null means absent, because Azure sends null for what is not set. */
export function parseAnswer<T extends z.ZodType>(schema: T, body: unknown, doing: string): z.output<T> {
  const parsed = schema.safeParse(withoutNulls(body))
  if (parsed.success) return parsed.data
  throw new AzureError({
    doing,
    code: 'UnexpectedAnswer',
    reason: `The answer does not look as documented:\n${z.prettifyError(parsed.error)}`,
  })
}

/** The value without the members that are null, at every depth. Nulls inside arrays stay, for order's sake. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)]),
  )
}
