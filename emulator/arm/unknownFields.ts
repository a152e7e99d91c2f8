import type { MiddlewareHandler } from 'hono'
import type { Bindings } from '../http/bindings.ts'
import known from './knownFields.json' with { type: 'json' }

/** What may stand below a field; null is anything, `*` is any name. */
type Tree = { readonly [name: string]: Tree } | null

const operations: Readonly<Record<string, Tree>> = known

/** Tells of the fields of a request that Azure ML does not know, in a header of the answer and in the log. */
export function reportUnknownFields(log: (line: string) => void): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    await next()
    const [, words = ''] = /\/(?:workspaces|registries)\/[^/]+\/(.+)$/.exec(c.req.path) ?? []
    const operation = words.split('/').filter((_, index) => index % 2 === 0)
    const tree = operations[`${c.req.method} ${operation.join('/')}`]
    if (tree === undefined || c.res.status >= 400) return
    const body: unknown = await c.req.json().catch(() => undefined)
    const unknown = unknownFields(body, tree)
    if (unknown.length === 0) return
    c.header('x-azureml-cd-unknown-fields', unknown.join(','))
    log(`${c.req.method} ${c.req.path}: Azure Machine Learning does not know ${unknown.join(', ')}.`)
  }
}

/** The paths of fields that the tree does not have, `properties.modelUrl` for instance. */
export function unknownFields(value: unknown, tree: Tree, path: readonly string[] = []): readonly string[] {
  if (tree === null || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => unknownFields(item, tree, path)))]
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = [...path, name]
    if (name in tree) return unknownFields(inner, tree[name] ?? null, below)
    return '*' in tree ? unknownFields(inner, tree['*'] ?? null, below) : [below.join('.')]
  })
}
