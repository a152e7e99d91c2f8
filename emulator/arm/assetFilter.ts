import type { Context } from 'hono'
import { badRequest } from '../armError.ts'
import type { Bag } from '../state/records.ts'

/** Which of the listed assets the query asks for: `listViewType`, `tags`, `properties`, `description`. */
export function assetFilter(c: Context): (properties: Bag) => boolean {
  const view = c.req.query('listViewType')?.toLowerCase() ?? 'activeonly'
  if (!['activeonly', 'archivedonly', 'all'].includes(view))
    throw badRequest(`The list view type "${c.req.query('listViewType')}" is none of ActiveOnly, ArchivedOnly, All.`)
  const tags = pairs(c.req.query('tags'))
  const wanted = pairs(c.req.query('properties'))
  const description = c.req.query('description')
  return (properties) => {
    if (view !== 'all' && (properties.isArchived === true) !== (view === 'archivedonly')) return false
    if (description !== undefined && properties.description !== description) return false
    return holds(properties.tags, tags) && holds(properties.properties, wanted)
  }
}

/** `a=1,b` asks for a tag `a` that is `1` and for a tag `b`, whatever it is. */
function pairs(query: string | undefined): readonly (readonly [string, string | undefined])[] {
  return (query ?? '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [pair.trim(), undefined] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    })
}

function holds(actual: unknown, wanted: readonly (readonly [string, string | undefined])[]): boolean {
  const values = new Map(Object.entries(typeof actual === 'object' && actual !== null ? actual : {}))
  return wanted.every(([key, value]) => values.has(key) && (value === undefined || values.get(key) === value))
}
