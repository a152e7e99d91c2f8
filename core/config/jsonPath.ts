/** A place in a JSON value: keys, and list positions, which count from the end when negative. */
export type JsonPath = readonly (string | number)[]

const step = /\.([A-Za-z_][\w-]*)|\[(-?\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y

/**
 * Reads the part of JSONPath that names one value: `$`, `.name`, `['name']`, `["name"]`, `[0]`, `[-1]`.
 *
 * @returns the path, or why the text is none, as the end of a sentence
 */
export function parseJsonPath(text: string): { readonly path: JsonPath } | { readonly fault: string } {
  if (text.length > 1000) return { fault: 'a path of at most 1000 characters is allowed' }
  if (!text.startsWith('$')) return { fault: 'a path that begins with $, such as $.result[0], is allowed' }
  const path: (string | number)[] = []
  step.lastIndex = 1
  let at = 1
  while (at < text.length) {
    const found = step.exec(text)
    if (!found) {
      const rest = text.slice(at, at + 20)
      return { fault: `at ${JSON.stringify(rest)} one of .name, ['name'], [0], [-1] is allowed` }
    }
    const [, name, position, single, double] = found
    if (position !== undefined) path.push(Number(position))
    else path.push(name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'))
    at = step.lastIndex
  }
  return { path }
}

/** The path as text again: `$.result[0]`. */
export function printedJsonPath(path: JsonPath): string {
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`
    return /^[A-Za-z_][\w-]*$/.test(part) ? `.${part}` : `['${part.replaceAll(/['\\]/g, '\\$&')}']`
  })
  return `$${parts.join('')}`
}
