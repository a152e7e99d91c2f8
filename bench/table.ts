import { type Figure, ratioOf } from './benchmark.ts'
import { format } from './interleaved.ts'

/** The figures for a person: one line each, with the ratio and, where there is one, the goal and whether it is met. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, ours, unit, rival, theirs } = figure
    return [
      name,
      `${format(ours)} ${unit}`,
      theirs === undefined ? '' : `${format(theirs)} ${unit}`,
      ...verdict(figure),
      rival,
    ]
  })
  const all = [['what', 'ours', 'theirs', 'ratio', 'goal', 'rival'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const numbers = new Set([1, 2, 3])
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        numbers.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n\nA ratio above 1 is ours being better.`
}

function verdict(figure: Figure): readonly [string, string] {
  const ratio = ratioOf(figure)
  if (ratio === undefined) return ['', '']
  const { target } = figure
  const goal = target === undefined ? '' : `≥ ${target} ${ratio >= target ? 'met' : 'MISSED'}`
  return [ratio.toFixed(2), goal]
}
