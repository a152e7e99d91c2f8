import { z } from 'zod'
import type { Node, OpenApi } from './openApi.ts'

/** What is required of a body depends on the way it goes: read-only fields are the server's, secrets the client's. */
export type Direction = 'request' | 'response'

const anything = z.record(z.string(), z.unknown())
const kept = [
  ...['format', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'minItems', 'maxItems', 'uniqueItems', 'default'],
]

/**
 * Definitions of OpenAPI 2.0 as JSON Schemas that refer to each other by `#/definitions/…`. Fields that a description
 * does not know are let through: later api-versions have more. A definition with a discriminator is made twice: whole,
 * which demands what the value of the discriminator stands for, and plain, which that in turn is built upon.
 */
export class JsonSchemas {
  readonly #api: OpenApi
  readonly #direction: Direction
  readonly definitions: Record<string, Node> = {}

  constructor(api: OpenApi, direction: Direction) {
    this.#api = api
    this.#direction = direction
  }

  /** The schema of a node of a file; what it refers to is in `definitions` then. */
  of(file: string, node: Node): Node {
    return this.#convert(file, node)
  }

  #convert(file: string, node: Node): Node {
    if (typeof node.$ref === 'string') return orNull(node, { $ref: this.#define(file, node.$ref, 'whole') })
    const required = z.array(z.string()).parse(node.required ?? [])
    const properties = Object.entries(anything.parse(node.properties ?? {}))
    const parts = z.array(anything).parse(node.allOf ?? [])
    const made: Record<string, unknown> = {}
    for (const word of kept) if (node[word] !== undefined) made[word] = node[word]
    const type = typeof node.type === 'string' && node.type !== 'file' ? node.type : undefined
    if (type !== undefined) made.type = type
    if (properties.length > 0)
      made.properties = Object.fromEntries(
        properties.map(([name, property]) => [name, this.#convert(file, anything.parse(property))]),
      )
    const demanded = required.filter((name) => {
      const property = properties.find(([known]) => known === name)?.[1]
      return property === undefined || this.#isSent(anything.parse(property))
    })
    if (demanded.length > 0) made.required = demanded
    if (node.items !== undefined) made.items = this.#convert(file, anything.parse(node.items))
    // A description's "no others" is not meant for what later versions add.
    if (typeof node.additionalProperties === 'object' && properties.length === 0)
      made.additionalProperties = this.#convert(file, anything.parse(node.additionalProperties))
    if (parts.length > 0)
      made.allOf = parts.map((part) =>
        typeof part.$ref === 'string' ? { $ref: this.#define(file, part.$ref, 'plain') } : this.#convert(file, part),
      )
    return orNull(node, made)
  }

  #isSent(property: Node): boolean {
    if (this.#direction === 'request') return property.readOnly !== true
    const mutability = z.array(z.string()).optional().parse(property['x-ms-mutability'])
    return property['x-ms-secret'] !== true && (mutability === undefined || mutability.includes('read'))
  }

  #define(file: string, reference: string, variant: 'whole' | 'plain'): string {
    const target = this.#api.target(file, reference)
    const discriminator = target.node.discriminator
    const isWhole = variant === 'whole' && typeof discriminator === 'string'
    const key = `${target.file}:${target.name}${isWhole ? ':whole' : ''}`.replaceAll('/', '.')
    const address = `#/definitions/${key}`
    if (key in this.definitions) return address
    this.definitions[key] = {}
    this.definitions[key] = isWhole
      ? this.#polymorphic(target.file, target.name, discriminator)
      : this.#convert(target.file, target.node)
    return address
  }

  /** Whatever is built upon the definition is chosen by the discriminator; a value that is none of theirs is wrong. */
  #polymorphic(file: string, base: string, discriminator: string): Node {
    const values = this.#descendants(file, base)
    const plain = (name: string) => ({ $ref: this.#define(file, `#/definitions/${name}`, 'plain') })
    return {
      ...plain(base),
      allOf: values.map(([value, name]) => ({
        if: { properties: { [discriminator]: { const: value } }, required: [discriminator] },
        // biome-ignore lint/suspicious/noThenProperty: this is JSON Schema's word.
        then: plain(name),
      })),
      ...(values.length > 0 ? { properties: { [discriminator]: { enum: values.map(([value]) => value) } } } : {}),
    }
  }

  #descendants(file: string, base: string): readonly (readonly [string, string])[] {
    return Object.entries(this.#api.definitions(file)).flatMap(([name, node]) => {
      const parents = z.array(anything).parse(node.allOf ?? [])
      const isChild = parents.some(
        ({ $ref: reference }) => typeof reference === 'string' && reference.endsWith(`#/definitions/${base}`),
      )
      if (!isChild) return []
      const value = node['x-ms-discriminator-value']
      return [...(typeof value === 'string' ? [[value, name] as const] : []), ...this.#descendants(file, name)]
    })
  }
}

function orNull(node: Node, schema: Node): Node {
  return node['x-nullable'] === true ? { anyOf: [schema, { type: 'null' }] } : schema
}
