import { JSONPath } from 'jsonpath-plus'
import mustache from 'mustache'
import { z } from 'zod'

/** A binding of a task or of an artifact type, as it stands in a manifest. */
export const bindingSchema = z.looseObject({
  target: z.string(),
  endpointUrl: z.string().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
  resultSelector: z.string().optional(),
  resultTemplate: z.string(),
  initialContextTemplate: z.string().optional(),
  callbackContextTemplate: z.string().optional(),
  callbackRequiredTemplate: z.string().optional(),
})
export type Binding = z.output<typeof bindingSchema>

export interface Row {
  readonly [name: string]: string
}

type Values = Readonly<Record<string, unknown>>

/** Azure DevOps takes no answer of this size or more. */
export const mostBytes = 2_000_000
/** How often it goes on to a next page. */
const mostCallbacks = 5

const rowSchema = z.record(z.string(), z.string())

/**
 * Fills a list as Azure DevOps does (azure-devops.md 2): templates with a few helpers, a JSON path over the answer, and
 * pages as long as the binding asks for them. Throws for what Azure DevOps does not take.
 */
export async function evaluate(
  binding: Binding,
  context: {
    readonly endpoint: Values
    /** Inputs, by name; a task's parameters name them as `$(name)`. */
    readonly inputs: Readonly<Record<string, string>>
    readonly get: (url: string) => Promise<string>
  },
): Promise<{ readonly rows: readonly Row[]; readonly urls: readonly string[] }> {
  const { endpoint, inputs, get } = context
  const parameters = Object.fromEntries(
    Object.entries(
      binding.parameters ?? Object.fromEntries(Object.keys(inputs).map((name) => [name, `$(${name})`])),
    ).map(([name, value]) => [name, value.replaceAll(/\$\((\w+)\)/g, (_, input: string) => inputs[input] ?? '')]),
  )
  const values: Values = { endpoint, ...parameters }
  if (binding.endpointUrl === undefined)
    return { rows: [rowSchema.parse(JSON.parse(render(binding.resultTemplate, values)))], urls: [] }
  const rows: Row[] = []
  const urls: string[] = []
  let paging: Values = parsedBag(render(binding.initialContextTemplate ?? '{}', values))
  for (let callbacks = 0; ; callbacks += 1) {
    const url = render(binding.endpointUrl, { ...values, ...paging })
    if (/\{\{|\}\}|undefined/.test(url)) throw new Error(`The address ${url} is not filled in.`)
    urls.push(url)
    const text = await get(url)
    if (Buffer.byteLength(text) >= mostBytes) throw new Error(`The answer of ${url} is longer than Azure DevOps takes.`)
    const response = parsedBag(text)
    const [kind, path = ''] = /^(jsonpath):(.*)$/.exec(binding.resultSelector ?? '')?.slice(1) ?? []
    if (kind !== 'jsonpath') throw new Error(`"${binding.resultSelector}" selects nothing.`)
    for (const item of JSONPath({ path, json: response, wrap: true }))
      rows.push(rowSchema.parse(JSON.parse(render(binding.resultTemplate, { ...values, ...item }))))
    const after = { ...values, response }
    if (render(binding.callbackRequiredTemplate ?? 'false', after) !== 'true') return { rows, urls }
    if (callbacks === mostCallbacks) return { rows, urls }
    paging = parsedBag(render(binding.callbackContextTemplate ?? '{}', after))
  }
}

function parsedBag(text: string): Values {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}

/** Mustache, and the helpers of Azure DevOps that the manifests here use. */
function render(template: string, values: Values): string {
  const helped = template
    .replaceAll(
      /\{\{#if ([\w.]+)\}\}(.*?)(?:\{\{else\}\}(.*?))?\{\{\/if\}\}/g,
      (_, name: string, yes: string, no = '') => (lookup(values, name) ? yes : no),
    )
    .replaceAll(/\{\{\{ ?#extractResource ([\w.]+) (\w+)\}\}\}/g, (_, name: string, type: string) => {
      const parts = String(lookup(values, name) ?? '').split('/')
      return parts[parts.findIndex((part) => part.toLowerCase() === type.toLowerCase()) + 1] ?? ''
    })
    .replaceAll(
      /\{\{#getTokenValue ([\w.]+)\}\}\{\{extractUrlQueryParameter ([\w%$]+)\}\}\{\{\/getTokenValue\}\}/g,
      (_, name: string, parameter: string) => {
        const url = lookup(values, name)
        return typeof url === 'string' ? (new URL(url).searchParams.get(decodeURIComponent(parameter)) ?? '') : ''
      },
    )
    .replaceAll(/\{\{isTokenPresent ([\w.]+)\}\}/g, (_, name: string) => String(lookup(values, name) !== undefined))
  const unknown = /\{\{\{?\s*[#^]?(\w+)\s+[^}]*\}/.exec(helped)
  if (unknown) throw new Error(`"${unknown[0]}" is no helper that is known here.`)
  return mustache.render(helped, values)
}

function lookup(values: Values, name: string): unknown {
  return name.split('.').reduce<unknown>((value, part) => {
    const bag = z.record(z.string(), z.unknown()).safeParse(value)
    return bag.success ? bag.data[part] : undefined
  }, values)
}
