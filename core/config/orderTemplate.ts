import { z } from 'zod'

/** A text with places for what an order is about: `deploy {model.name} in version {model.version}`. */
export type OrderTemplate = readonly (string | OrderField)[]

export type OrderField =
  | { readonly kind: 'model'; readonly of: 'name' | 'version' | 'id' }
  | { readonly kind: 'workspace'; readonly of: 'id' | 'name' }
  | { readonly kind: 'order'; readonly of: 'rule' | 'key' | 'registeredAt' }
  /** Text that whoever registers a model chooses freely. */
  | { readonly kind: 'tag' | 'property'; readonly name: string }

const fields: Readonly<Record<string, OrderField>> = {
  'model.name': { kind: 'model', of: 'name' },
  'model.version': { kind: 'model', of: 'version' },
  'model.id': { kind: 'model', of: 'id' },
  'workspace.id': { kind: 'workspace', of: 'id' },
  'workspace.name': { kind: 'workspace', of: 'name' },
  rule: { kind: 'order', of: 'rule' },
  key: { kind: 'order', of: 'key' },
  registeredAt: { kind: 'order', of: 'registeredAt' },
}

const allowed = `a text is allowed; places in braces are {${Object.keys(fields).join('}, {')}}, {model.tags.NAME} and {model.properties.NAME}`

/** A template as users write it. */
export const templateField = z
  .string(allowed)
  .max(2000, 'a text of at most 2000 characters is allowed')
  .transform((text, context): OrderTemplate => {
    const parsed = parseTemplate(text)
    if (parsed !== undefined) return parsed
    context.issues.push({ code: 'custom', input: text, message: allowed })
    return z.NEVER
  })

function parseTemplate(text: string): OrderTemplate | undefined {
  const parts: (string | OrderField)[] = []
  // Every second piece is what stood between braces.
  for (const [index, piece] of text.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(piece)) return undefined
      if (piece !== '') parts.push(piece)
      continue
    }
    const field = fieldOf(piece.trim())
    if (field === undefined) return undefined
    parts.push(field)
  }
  return parts
}

function fieldOf(name: string): OrderField | undefined {
  const [, group, key] = /^model\.(tags|properties)\.(.+)$/.exec(name) ?? []
  if (group && key) return { kind: group === 'tags' ? 'tag' : 'property', name: key }
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}
