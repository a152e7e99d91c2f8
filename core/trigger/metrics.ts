import type { Comparator, MetricExpression, Operand } from '../config/metricExpression.ts'
import { assertNever } from '../errors.ts'

type Labels = Readonly<Record<string, string>>

/** What names in an expression are looked up in. */
export interface Measured {
  readonly tags: Labels
  readonly properties: Labels
}

export interface MetricVerdict {
  readonly holds: boolean
  /** What decided, with the values in it: clauses such as `rmse is 61.2, which is not < 60`. */
  readonly because: readonly string[]
}

/**
 * Judges an expression. What is missing or is no number makes its comparison not hold. When nothing is served a
 * comparison with what is served holds, because any version is better than none. Pure.
 */
export function judgeMetrics(
  expression: MetricExpression,
  version: Measured,
  served: Measured | undefined,
): MetricVerdict {
  switch (expression.kind) {
    case 'compare':
      return compare(expression, version, served)
    case 'and':
    case 'or': {
      const verdicts = expression.parts.map((part) => judgeMetrics(part, version, served))
      const holds = expression.kind === 'and' ? verdicts.every((one) => one.holds) : verdicts.some((one) => one.holds)
      return { holds, because: verdicts.filter((one) => one.holds === holds).flatMap(({ because }) => because) }
    }
    default:
      return assertNever(expression)
  }
}

function compare(
  { left, by, right }: Extract<MetricExpression, { kind: 'compare' }>,
  version: Measured,
  served: Measured | undefined,
): MetricVerdict {
  const operands = [left, right] as const
  if (!served && operands.some((operand) => operand.kind === 'name' && operand.of === 'served'))
    return { holds: true, because: ['nothing is served to compare with'] }
  const [first, second] = operands.map((operand) => looked(operand, version, served))
  const missing = operands.find((_, index) => (index === 0 ? first : second) === undefined)
  if (first === undefined || second === undefined)
    return { holds: false, because: [`${missing ? printed(missing) : 'a value'} is not there`] }
  const asText = (by === '==' || by === '!=') && operands.some(({ kind }) => kind === 'text')
  if (asText) return told({ left, by, right }, { first, second, holds: (by === '==') === (first === second) })
  const numbers = [number(first), number(second)] as const
  const [a, b] = numbers
  if (a === undefined || b === undefined) {
    const [operand, value] = a === undefined ? [left, first] : [right, second]
    return {
      holds: false,
      because: [`${printed(operand)} is ${JSON.stringify(value.slice(0, 60))}, which is no number`],
    }
  }
  return told({ left, by, right }, { first, second, holds: holds(a, by, b) })
}

function told(
  { left, by, right }: { readonly left: Operand; readonly by: Comparator; readonly right: Operand },
  { first, second, holds }: { readonly first: string; readonly second: string; readonly holds: boolean },
): MetricVerdict {
  const shown = (operand: Operand, value: string) =>
    operand.kind === 'name' ? `${printed(operand)} (${value.slice(0, 60)})` : printed(operand)
  return { holds, because: [`${shown(left, first)} is ${holds ? '' : 'not '}${by} ${shown(right, second)}`] }
}

function looked(operand: Operand, version: Measured, served: Measured | undefined): string | undefined {
  if (operand.kind !== 'name') return String(operand.value)
  const { among, name } = operand
  const labels = operand.of === 'served' ? served : version
  const own = (from: Labels | undefined) => (from && Object.hasOwn(from, name) ? from[name] : undefined)
  if (among !== 'either') return own(labels?.[among])
  return own(labels?.tags) ?? own(labels?.properties)
}

/** Decimal only: Number() alone would take an empty text for 0 and 0x10 for 16. */
function number(text: string): number | undefined {
  const trimmed = text.trim()
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined
}

function holds(a: number, by: Comparator, b: number): boolean {
  switch (by) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    case '==':
      return a === b
    case '!=':
      return a !== b
    default:
      return assertNever(by)
  }
}

function printed(operand: Operand): string {
  if (operand.kind === 'number') return String(operand.value)
  if (operand.kind === 'text') return JSON.stringify(operand.value)
  const { of, among, name } = operand
  return `${of === 'served' ? 'served.' : ''}${among === 'either' ? '' : `${among}.`}${name}`
}
