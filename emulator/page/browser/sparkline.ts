import { drawn, element, setAttribute, setText } from './element.ts'

/** Seconds that fit into a plot. */
const seconds = 119
const width = 240
const height = 44

/** A small plot of the last two minutes with its current figure above it. */
export interface Sparkline {
  readonly node: HTMLElement
  readonly update: (shown: {
    readonly values: readonly (number | null)[]
    readonly now: string
    /** The top of the scale. */
    readonly top: number
    readonly topText: string
  }) => void
}

export function sparkline(title: string, kind: 'area' | 'bars' | 'line'): Sparkline {
  const now = element('span', 'figure')
  const highest = element('span', 'highest')
  const svg = drawn('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img' })
  const shape = drawn('path', { class: kind })
  const edge = drawn('path', { class: 'edge' })
  const base = drawn('path', { class: 'base', d: `M0 ${height - 0.5}H${width}` })
  svg.append(base, shape, edge)
  const heading = element('div', 'plot-heading', element('span', 'plot-title', title), now)
  const node = element('div', `plot plot-${kind}`, heading, element('div', 'plot-area', svg, highest))
  return {
    node,
    update: ({ values, now: text, top, topText }) => {
      setText(now, text)
      setText(highest, topText)
      const scale = { step: width / (seconds - 1), top, shift: seconds - values.length }
      const runs = runsOf(values)
      if (kind === 'bars') setAttribute(shape, 'd', runs.map((run) => bars(run, scale)).join(''))
      else {
        const lines = runs.map((run) => ({ run, line: line(run, scale) }))
        setAttribute(edge, 'd', lines.map((one) => one.line).join(''))
        if (kind === 'area') setAttribute(shape, 'd', lines.map((one) => closed(one.run, one.line, scale)).join(''))
      }
      setAttribute(svg, 'aria-label', `${title}, last two minutes: now ${text}, on a scale to ${topText}`)
    },
  }
}

interface Scale {
  readonly step: number
  readonly top: number
  /** A short history stands at the right end. */
  readonly shift: number
}
interface Point {
  readonly index: number
  readonly value: number
}

/** Stretches without a gap. */
function runsOf(values: readonly (number | null)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = []
  values.forEach((value, index) => {
    if (value === null) return
    const last = runs.at(-1)
    if (last?.at(-1)?.index === index - 1) last.push({ index, value })
    else runs.push([{ index, value }])
  })
  return runs
}

const x = (index: number, { step, shift }: Scale): string => ((index + shift) * step).toFixed(1)
const y = (value: number, { top }: Scale): string => (height - 1 - (value / top) * (height - 4)).toFixed(1)

function line(run: readonly Point[], scale: Scale): string {
  const [first] = run
  if (first === undefined) return ''
  const path = run.map(({ index, value }) => `${x(index, scale)} ${y(value, scale)}`).join('L')
  // A second by itself is a dot as wide as itself.
  return run.length === 1 ? `M${path}h${(scale.step / 2).toFixed(1)}` : `M${path}`
}

function closed(run: readonly Point[], path: string, scale: Scale): string {
  const [first, last] = [run[0], run.at(-1)]
  return first && last ? `${path}V${height - 1}H${x(first.index, scale)}Z` : ''
}

function bars(run: readonly Point[], scale: Scale): string {
  return run
    .filter(({ value }) => value > 0)
    .map(({ index, value }) => `M${x(index, scale)} ${height - 1}V${y(value, scale)}`)
    .join('')
}
