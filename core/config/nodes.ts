import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from 'yaml'
import type { ValuePath } from './faults.ts'

interface NodeFault {
  readonly offset: number
  readonly path: ValuePath
  readonly message: string
}

/** Plain values made of a syntax tree. */
export interface NodeValues {
  readonly value: unknown
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Node, Node>
  readonly faults: readonly NodeFault[]
}

/** Values that aliases may repeat, so that a few lines cannot stand for billions. */
const mostRepeated = 10_000

const jsonScalar = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|[Tt]rue|TRUE|[Ff]alse|FALSE|null)$/

/**
 * Turns a tree into plain values, in linear time: objects, lists, texts, numbers, booleans and null. Duplicate keys,
 * aliases without anchor or without end, tags, and bare text in JSON are faults.
 */
export function readNodes(options: {
  readonly root: Node | null
  readonly isJson: boolean
  readonly deepest: number
}): NodeValues {
  const reader = new NodeReader(options)
  const value = options.root === null ? null : reader.read(options.root, [])
  return { value, targets: reader.targets, faults: reader.faults }
}

class NodeReader {
  readonly targets = new Map<Node, Node>()
  readonly faults: NodeFault[] = []
  readonly #isJson: boolean
  readonly #deepest: number
  readonly #anchors = new Map<string, Node>()
  /** Aliases being followed; inside them every value counts as repeated. */
  #following = 0
  #repeated = 0
  #givenUp = false

  constructor({ isJson, deepest }: { readonly isJson: boolean; readonly deepest: number }) {
    this.#isJson = isJson
    this.#deepest = deepest
  }

  read(node: Node, path: ValuePath): unknown {
    if (this.#givenUp) return null
    if (this.#following > 0) this.#repeated += 1
    if (this.#repeated > mostRepeated)
      return this.#giveUp(node, path, `Aliases (*name) repeat more than ${mostRepeated} values.`)
    if (path.length > this.#deepest)
      return this.#giveUp(node, path, 'An alias (*name) lies within what it stands for, or too deep.')
    if (isAlias(node)) return this.#readAlias(node, path)
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
      this.#fault(node, path, 'A tag (!name) is not known; write the value without it.')
    if ('anchor' in node && node.anchor) this.#anchors.set(node.anchor, node)
    if (isSeq<Node | null>(node))
      return node.items.map((item, index) => (item === null ? null : this.read(item, [...path, index])))
    if (isMap<Node, Node | null>(node)) return this.#readMap(node, path)
    return isScalar(node) ? this.#readScalar(node, path) : null
  }

  #readMap(map: YAMLMap<Node, Node | null>, path: ValuePath): unknown {
    const values = new Map<string, unknown>()
    for (const { key, value } of map.items) {
      if (isAlias(key) || !isScalar(key)) {
        this.#fault(key, path, 'A key must be a text.')
        continue
      }
      const name = String(key.value)
      const inside = [...path, name]
      if (this.#isJson) this.#requireQuotes(key, inside)
      if (name === '__proto__') this.#fault(key, inside, 'This key is not allowed.')
      else if (values.has(name)) this.#fault(key, inside, 'This key is given twice.')
      else {
        if (value === null && this.#isJson) this.#fault(key, inside, 'This key has no value.')
        values.set(name, value === null ? null : this.read(value, inside))
      }
    }
    return Object.fromEntries(values)
  }

  #readScalar(scalar: Scalar, path: ValuePath): unknown {
    if (this.#isJson) this.#requireQuotes(scalar, path)
    const { value } = scalar
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') {
      if (Number.isFinite(value)) return value
      this.#fault(scalar, path, 'This number is too large, or is none.')
      return null
    }
    return scalar.source ?? null
  }

  #readAlias(alias: Alias, path: ValuePath): unknown {
    const target = this.#anchors.get(alias.source)
    if (!target) {
      this.#fault(alias, path, 'This alias (*name) has no anchor (&name) above it.')
      return null
    }
    this.targets.set(alias, target)
    this.#following += 1
    const value = this.read(target, path)
    this.#following -= 1
    return value
  }

  #requireQuotes(scalar: Scalar, path: ValuePath) {
    if (scalar.type !== Scalar.PLAIN && scalar.type !== undefined) return
    if (scalar.source !== undefined && jsonScalar.test(scalar.source)) return
    const message = scalar.source
      ? 'Text in JSON needs double quotes; a quote or a comma may be missing here.'
      : 'A value is missing here.'
    this.#fault(scalar, path, message)
  }

  #giveUp(node: Node, path: ValuePath, message: string): null {
    this.#givenUp = true
    this.#fault(node, path, message)
    return null
  }

  #fault(node: Node, path: ValuePath, message: string) {
    // Past a few dozen nobody reads on, and each holds its path.
    if (this.faults.length < 100) this.faults.push({ offset: node.range?.[0] ?? 0, path, message })
  }
}
