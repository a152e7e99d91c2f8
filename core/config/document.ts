import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, Lexer, type Node, Parser } from 'yaml'
import type { InputError } from '../errors.ts'
import { withoutComments } from './comments.ts'
import { type Fault, faultsError, type ValuePath } from './faults.ts'
import { readNodes } from './nodes.ts'
import { syntaxFaults } from './syntax.ts'

/** The text of a file the caller has read, and the name that messages give it. */
export interface SourceFile {
  readonly file: string
  readonly text: string
}

/** A parsed file that remembers where everything stands. */
export interface ConfigDocument {
  readonly file: string
  readonly value: unknown
  /** The line, counted from 1, of the key or list item at a path; of the nearest thing around it when it is missing. */
  line(path: ValuePath): number
  /** The part of the file that holds the value at a path, without comments; undefined when there is no such value. */
  source(path: ValuePath): string | undefined
  /** A scalar as it is written, so that `1.10` is not `1.1`; undefined when there is none. */
  scalar(path: ValuePath): string | undefined
}

/** Collections within collections. Real files need ten; the parser's recursion must never meet thousands. */
const deepest = 100

/** What a configuration may measure, in characters. Parsing takes one to three seconds for each million. */
export const longestConfig = 1_048_576

/**
 * Reads YAML, and JSON with or without comments, which but for its comments is YAML. Files named `.json` are held to
 * JSON's rule that text stands in quotes, because what looks like YAML's bare text there is a forgotten comma.
 *
 * @throws InputError with every fault of syntax: at most 20, each with its line
 */
export function parseDocument({ file, text }: SourceFile, limit = longestConfig): ConfigDocument {
  if (text.length > limit) throw tooLong(file, text.length, limit)
  const isJson = /\.jsonc?$/i.test(file)
  // Without a byte order mark, which would push the first key out of its column; a lone carriage return ends a line.
  const plain = text.replace(/^\uFEFF/, '').replaceAll(/\r(?!\n)/g, '\n')
  const lineAt = lineFinder(plain)
  const { text: source, unclosedAt } = isJson ? withoutComments(plain) : { text: plain, unclosedAt: undefined }
  const fail = (offset: number, message: string) => faultsError(file, [{ line: lineAt(offset), path: [], message }])
  if (unclosedAt !== undefined) throw fail(unclosedAt, 'The comment that begins here is never closed with */.')

  const document = compose(source, fail)
  const broken = syntaxFaults(document.errors, isJson)
  if (broken.length > 0)
    throw faultsError(
      file,
      broken.map(({ offset, message }): Fault => ({ line: lineAt(offset), path: [], message })),
    )

  const { value, targets, faults } = readNodes({ root: document.contents, isJson, deepest })
  if (faults.length > 0)
    throw faultsError(
      file,
      faults.map(({ offset, path, message }): Fault => ({ line: lineAt(offset), path, message })),
    )

  const find = (path: ValuePath) => locate({ root: document.contents, path, targets })
  return {
    file,
    value,
    line: (path) => lineAt(find(path).offset),
    source: (path) => {
      const range = find(path).node?.range
      return range ? source.slice(range[0], range[1]) : undefined
    },
    scalar: (path) => {
      const { node } = find(path)
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined
    },
  }
}

function tooLong(file: string, length: number, limit: number): InputError {
  const million = (count: number) => (count / 1_048_576).toFixed(1)
  const message = `The file has ${million(length)} Mi characters; at most ${million(limit)} Mi are read.`
  return faultsError(file, [{ line: 1, path: [], message }])
}

function compose(source: string, fail: (offset: number, message: string) => InputError): Document.Parsed {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    // Looked at by `readNodes` instead, in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  })
  let first: Document.Parsed | undefined
  for (const document of composer.compose(tokens(source, fail), true, source.length)) {
    if (first) throw fail(document.range[0], 'A second document begins here; the file may hold only one.')
    first = document
  }
  if (!first) throw fail(0, 'The file could not be read as JSON or YAML.')
  return first
}

function* tokens(source: string, fail: (offset: number, message: string) => InputError): Generator<CST.Token> {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > deepest)
      throw fail(parser.offset, `More than ${deepest - 2} objects and lists lie within one another here.`)
  }
  yield* parser.end()
}

/** A function that finds the line of an offset. */
function lineFinder(text: string): (offset: number) => number {
  const starts: number[] = [0]
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + lineBreak.length)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

interface Place {
  /** Where the key or the list item begins. */
  readonly offset: number
  readonly node: Node | undefined
}

function locate(tree: {
  readonly root: Node | null
  readonly path: ValuePath
  readonly targets: ReadonlyMap<Node, Node>
}): Place {
  let node: Node | undefined = tree.root ?? undefined
  let offset = node?.range?.[0] ?? 0
  for (const part of tree.path) {
    const collection: Node | undefined = node && isAlias(node) ? tree.targets.get(node) : node
    if (isSeq<Node>(collection) && typeof part === 'number') node = collection.items[part]
    else if (isMap<Node, Node | null>(collection)) {
      const pair = collection.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (!pair) return { offset, node: undefined }
      offset = pair.key.range?.[0] ?? offset
      node = pair.value ?? undefined
      continue
    } else return { offset, node: undefined }
    offset = node?.range?.[0] ?? offset
  }
  return { offset, node: node && isAlias(node) ? tree.targets.get(node) : node }
}
