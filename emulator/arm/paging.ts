import type { Context } from 'hono'
import { badRequest } from '../armError.ts'

export interface Page<T> {
  readonly value: readonly T[]
  readonly nextLink?: string
}

interface Dated {
  readonly sequence: number
}

/** As many resources are on a page when the client does not say. */
const defaultSize = 100

/**
 * One page of resources, newest first or last as asked. The token in the link to the next page is the place in the
 * order of creation, so resources made between two pages are neither repeated nor leave gaps.
 * Throws `ArmError` 400 for a token or a size that is none.
 */
export function page<T extends Dated, U>(
  c: Context,
  options: {
    readonly items: Iterable<T>
    readonly order: 'newest first' | 'oldest first'
    /** The query parameter for the size of a page: `$top` or `count`, differing by resource. */
    readonly sizeParameter: '$top' | 'count'
    readonly render: (item: T) => U
  },
): Page<U> {
  const size = wholeNumber(c, options.sizeParameter) ?? defaultSize
  const after = skipToken(c)
  const newestFirst = options.order === 'newest first'
  const rest = [...options.items]
    .filter(({ sequence }) => after === undefined || (newestFirst ? sequence < after : sequence > after))
    .sort((one, other) => (newestFirst ? other.sequence - one.sequence : one.sequence - other.sequence))
  const shown = rest.slice(0, size)
  const last = shown.at(-1)
  const value = shown.map(options.render)
  if (last === undefined || rest.length === shown.length) return { value }
  const next = new URL(c.req.url)
  next.searchParams.set('$skip', Buffer.from(`after:${last.sequence}`).toString('base64url'))
  return { value, nextLink: next.href }
}

function wholeNumber(c: Context, parameter: string): number | undefined {
  const text = c.req.query(parameter)
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw badRequest(`The query parameter ${parameter} must be a positive number, not "${text}".`)
  return Number(text)
}

function skipToken(c: Context): number | undefined {
  const token = c.req.query('$skip') ?? c.req.query('$skipToken')
  if (token === undefined) return undefined
  const found = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw badRequest(`The continuation token "${token}" is not valid.`)
  return Number(found[1])
}
