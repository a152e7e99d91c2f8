import { valueAt } from './check.ts'
import type { ConfigDocument } from './document.ts'
import type { ValuePath } from './faults.ts'

/** Our words for keys of the same meaning, by the path of the words of v2. */
export type Words = Readonly<Record<string, string>>

/** What `az ml` of v2 calls the kinds of its files, by the last part of their `$schema`. */
const kinds = {
  'managedonlinedeployment.schema.json': 'online-deployment',
  'kubernetesonlinedeployment.schema.json': 'online-deployment',
  'batchdeployment.schema.json': 'batch-deployment',
  'modelbatchdeployment.schema.json': 'batch-deployment',
  'pipelinecomponentbatchdeployment.schema.json': 'batch-deployment',
  'managedonlineendpoint.schema.json': 'online-endpoint',
  'kubernetesonlineendpoint.schema.json': 'online-endpoint',
  'batchendpoint.schema.json': 'batch-endpoint',
  // Our own schemas of the same files.
  'online-deployment.schema.json': 'online-deployment',
  'batch-deployment.schema.json': 'batch-deployment',
  'online-endpoint.schema.json': 'online-endpoint',
  'batch-endpoint.schema.json': 'batch-endpoint',
  'v2-environment.schema.json': 'environment',
  'environment.schema.json': 'environment',
  'model.schema.json': 'model',
} as const

export type V2Kind = (typeof kinds)[keyof typeof kinds]

/** Keys that only batch deployments have. */
const ofBatch = [
  'settings',
  'compute',
  'mini_batch_size',
  'output_action',
  'max_concurrency_per_instance',
  'retry_settings',
]

/** Which file of v2 this is, by its `$schema` or by keys that no file of v1 has; undefined when it is none. */
export function v2KindOf({ value }: Pick<ConfigDocument, 'value'>): V2Kind | undefined {
  const has = (key: string) => valueAt(value, [key]) !== undefined
  const schema = valueAt(value, ['$schema'])
  if (typeof schema === 'string') {
    const last = schema.toLowerCase().split('/').at(-1) ?? ''
    const found = Object.entries(kinds).find(([name]) => name === last)
    if (found) return found[1]
  }
  if (has('code_configuration') || has('endpoint_name'))
    return ofBatch.some(has) ? 'batch-deployment' : 'online-deployment'
  if (has('traffic') || has('mirror_traffic')) return 'online-endpoint'
  if (has('auth_mode')) return has('defaults') ? 'batch-endpoint' : 'online-endpoint'
  return undefined
}

/** The values that a document of v2 has, under our words for them. */
export function translated(document: ConfigDocument, words: Words): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [theirs, ours] of Object.entries(words)) {
    const found = valueAt(document.value, theirs.split('.'))
    if (found !== undefined && found !== null) put(value, ours.split('.'), found)
  }
  return value
}

export function put(value: Record<string, unknown>, path: readonly string[], what: unknown): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    value[key] = what
    return
  }
  const there = value[key]
  const inner: Record<string, unknown> = typeof there === 'object' && there !== null ? { ...there } : {}
  put(inner, rest, what)
  value[key] = inner
}

/** A document with other keys, whose places are those of the file it was made of. */
export function inOtherWords(document: ConfigDocument, value: Record<string, unknown>, words: Words): ConfigDocument {
  const theirs = (path: ValuePath): ValuePath => {
    const printed = path.join('.')
    const found = Object.entries(words).find(([, ours]) => printed === ours || printed.startsWith(`${ours}.`))
    if (!found) return path.slice(0, 1)
    const [own, mine] = found
    return [...own.split('.'), ...path.slice(mine.split('.').length)]
  }
  return {
    file: document.file,
    value,
    line: (path) => document.line(theirs(path)),
    source: (path) => document.source(theirs(path)),
    scalar: (path) => document.scalar(theirs(path)),
  }
}
