/** Where the value of a name is looked up: in the version itself, or in the version that the rule's service serves. */
export type Operand =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | {
      readonly kind: 'name'
      readonly of: 'version' | 'served'
      /** `either` looks into the tags first. */
      readonly among: 'either' | 'tags' | 'properties'
      readonly name: string
    }

export const comparators = ['<=', '>=', '==', '!=', '<', '>'] as const
export type Comparator = (typeof comparators)[number]

/** What `when` says. There is no negation: each comparison has its opposite, and what is missing never holds. */
export type MetricExpression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly MetricExpression[] }
  | { readonly kind: 'compare'; readonly left: Operand; readonly by: Comparator; readonly right: Operand }

const longest = 500
const deepest = 20

/** `rmse < 60 and (r2 >= 0.4 or r2 > served.r2)`; a fault is a clause that follows what was given. */
export function parseMetricExpression(
  text: string,
): { readonly expression: MetricExpression } | { readonly fault: string } {
  if (text.length > longest) return { fault: `an expression of at most ${longest} characters is allowed` }
  try {
    return { expression: new Parser(tokensOf(text)).whole() }
  } catch (error) {
    if (error instanceof ExpressionFault) return { fault: error.message }
    throw error
  }
}

/** Whether a value is compared with what a service serves. */
export function asksWhatIsServed(expression: MetricExpression): boolean {
  if (expression.kind !== 'compare') return expression.parts.some(asksWhatIsServed)
  return [expression.left, expression.right].some((operand) => operand.kind === 'name' && operand.of === 'served')
}

class ExpressionFault extends Error {}

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'mark'
  readonly text: string
  /** Counted from 1. */
  readonly column: number
}

const token =
  /\s*(?:(?<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<name>[A-Za-z_][\w.-]*)|(?<mark><=|>=|==|!=|[<>()[\]]))/y

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  const end = text.trimEnd().length
  while (token.lastIndex < end) {
    const start = token.lastIndex
    const groups = token.exec(text)?.groups
    const rest = text.slice(start)
    const column = start + rest.length - rest.trimStart().length + 1
    if (!groups)
      throw new ExpressionFault(
        `an expression such as "rmse < 60 and r2 >= 0.4" is allowed, ${unexpected(rest.trim()[0] ?? '', column)}`,
      )
    const { number, single, double, name, mark } = groups
    if (number !== undefined) tokens.push({ kind: 'number', text: number, column })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, column })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, column })
    else tokens.push({ kind: 'text', text: single ?? double ?? '', column })
  }
  return tokens
}

function unexpected(text: string, column: number): string {
  return `and ${JSON.stringify(text)} at column ${column} does not fit there`
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): MetricExpression {
    const expression = this.#either()
    if (this.#next) throw this.#fault('"and" or "or" may follow')
    return expression
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #either(): MetricExpression {
    return this.#chain('or', () => this.#chain('and', () => this.#part()))
  }

  #chain(kind: 'and' | 'or', part: () => MetricExpression): MetricExpression {
    const first = part()
    const parts = [first]
    while (this.#take('name', kind)) parts.push(part())
    return parts.length === 1 ? first : { kind, parts }
  }

  #part(): MetricExpression {
    if (!this.#take('mark', '(')) return this.#comparison()
    this.#depth += 1
    if (this.#depth > deepest)
      throw new ExpressionFault(`at most ${deepest} parentheses within one another are allowed`)
    const inner = this.#either()
    this.#depth -= 1
    if (!this.#take('mark', ')')) throw this.#fault('a closing parenthesis is required')
    return inner
  }

  #comparison(): MetricExpression {
    const left = this.#operand()
    const by = comparators.find((comparator) => this.#take('mark', comparator))
    if (by === undefined) throw this.#fault(`one of ${comparators.join(' ')} is required`)
    return { kind: 'compare', left, by, right: this.#operand() }
  }

  #operand(): Operand {
    const one = this.#next
    if (one === undefined || one.kind === 'mark' || (one.kind === 'name' && /^(and|or|not)$/.test(one.text)))
      throw this.#fault('a number, a text in quotes, or the name of a tag or property is required')
    this.#at += 1
    if (one.kind === 'number') return { kind: 'number', value: Number(one.text) }
    if (one.kind === 'text') return { kind: 'text', value: one.text }
    return this.#named(one.text)
  }

  /** `rmse`, `tags.rmse`, `served.properties.rmse`, and `tags['any name']`. */
  #named(text: string): Operand {
    const of = /^served(\.|$)/.test(text) ? 'served' : 'version'
    const rest = of === 'served' ? text.replace(/^served\.?/, '') : text
    const among = (['tags', 'properties'] as const).find((word) => rest === word || rest.startsWith(`${word}.`))
    const name = among === undefined ? rest : rest.slice(among.length + 1)
    if (name !== '') return { kind: 'name', of, among: among ?? 'either', name }
    if (!this.#take('mark', '[')) throw this.#fault(`a name is required after "${text}", as in ${text}.rmse`)
    const quoted = this.#next
    if (quoted?.kind !== 'text') throw this.#fault('a name in quotes is required')
    this.#at += 1
    if (!this.#take('mark', ']')) throw this.#fault('a closing bracket is required')
    return { kind: 'name', of, among: among ?? 'either', name: quoted.text }
  }

  #take(kind: Token['kind'], text: string): boolean {
    const one = this.#next
    if (one?.kind !== kind || one.text !== text) return false
    this.#at += 1
    return true
  }

  #fault(required: string): ExpressionFault {
    const one = this.#next
    return new ExpressionFault(
      one === undefined ? `${required} at its end` : `${required}, ${unexpected(one.text, one.column)}`,
    )
  }
}
