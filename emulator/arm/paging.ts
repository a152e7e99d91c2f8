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
 * One page of resources, newest first or last as asked. `items` come in the order of creation. The token in the link
 * to the next page is the place in that order, so resources made between two pages are neither repeated nor leave
 * gaps. No more than a page is held, however many there are.
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
  const shown =
    options.order === 'newest first' ? lastBefore(options.items, size, after) : firstAfter(options.items, size, after)
  const last = shown.items.at(-1)
  const value = shown.items.map(options.render)
  if (last === undefined || !shown.isMore) return { value }
  const next = new URL(c.req.url)
  next.searchParams.set('$skip', Buffer.from(`after:${last.sequence}`).toString('base64url'))
  return { value, nextLink: next.href }
}

/** Those of some items that fulfil a condition, one by one. */
export function* where<T>(items: Iterable<T>, holds: (item: T) => boolean): Generator<T> {
  for (const item of items) if (holds(item)) yield item
}

interface Part<T> {
  readonly items: readonly T[]
  readonly isMore: boolean
}

function firstAfter<T extends Dated>(items: Iterable<T>, size: number, after = 0): Part<T> {
  const found: T[] = []
  for (const item of items) {
    if (item.sequence <= after) continue
    if (found.length === size) return { items: found, isMore: true }
    found.push(item)
  }
  return { items: found, isMore: false }
}

/** The last ones are not known before all have been seen: a window of the page's size moves along. */
function lastBefore<T extends Dated>(items: Iterable<T>, size: number, before = Number.POSITIVE_INFINITY): Part<T> {
  const window: T[] = []
  let seen = 0
  for (const item of items) {
    if (item.sequence >= before) break
    window[seen % size] = item
    seen += 1
  }
  const start = seen > size ? seen % size : 0
  return { items: [...window.slice(start), ...window.slice(0, start)].reverse(), isMore: seen > size }
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
