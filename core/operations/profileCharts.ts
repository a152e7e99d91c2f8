import type { ProfileStep } from '../runtime/profile/gridWalk.ts'

interface Curve {
  readonly title: string
  readonly unit: string
  readonly value: (step: ProfileStep) => number
}

const curves: readonly Curve[] = [
  { title: 'Requests answered in a second', unit: '1/s', value: ({ figures }) => figures.measuredQueriesPerSecond },
  { title: 'Latency, 95th percentile', unit: 'ms', value: ({ figures }) => figures.latencyPercentile95InMs },
]

/** The steps as a Markdown table. */
export function stepTable(steps: readonly ProfileStep[]): string {
  const rows = steps.map(
    ({ cpu, memoryGiB, figures, peak }) =>
      `| ${cpu} | ${memoryGiB} | ${figures.measuredQueriesPerSecond.toFixed(1)} | ${figures.latencyPercentile50InMs.toFixed(1)} | ${figures.latencyPercentile95InMs.toFixed(1)} | ${figures.latencyPercentile999InMs.toFixed(1)} | ${peak.cpu.toFixed(2)} | ${peak.memoryGiB.toFixed(2)} | ${figures.successRate.toFixed(1)} |`,
  )
  return [
    '| CPU | GiB | 1/s | p50 ms | p95 ms | p99.9 ms | peak CPU | peak GiB | right % |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n')
}

/** The curves as charts that GitHub draws. */
export function mermaidCharts(steps: readonly ProfileStep[]): string {
  return curves
    .map(({ title, unit, value }) =>
      [
        '```mermaid',
        'xychart-beta',
        `  title "${title}"`,
        `  x-axis "CPU" [${steps.map(({ cpu }) => `"${cpu}"`).join(', ')}]`,
        `  y-axis "${unit}"`,
        `  line [${steps.map((step) => value(step).toFixed(2)).join(', ')}]`,
        '```',
      ].join('\n'),
    )
    .join('\n\n')
}

const size = { width: 480, height: 240, left: 56, right: 16, top: 32, bottom: 36 } as const

/** The curves as one picture. */
export function svgCharts(steps: readonly ProfileStep[], recommendedCpu: number | undefined): string {
  const charts = curves.map((curve, index) => svgChart({ curve, steps, recommendedCpu, top: index * size.height }))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height * curves.length}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...charts,
    '</svg>',
    '',
  ].join('\n')
}

function svgChart(chart: {
  readonly curve: Curve
  readonly steps: readonly ProfileStep[]
  readonly recommendedCpu: number | undefined
  readonly top: number
}): string {
  const { curve, steps, recommendedCpu, top } = chart
  const most = Math.max(...steps.map(curve.value), Number.MIN_VALUE)
  const width = size.width - size.left - size.right
  const height = size.height - size.top - size.bottom
  const x = (index: number) => size.left + (steps.length > 1 ? (index * width) / (steps.length - 1) : width / 2)
  const y = (value: number) => top + size.top + height - (value / most) * height
  const points = steps.map((step, index) => `${x(index).toFixed(1)},${y(curve.value(step)).toFixed(1)}`)
  const base = top + size.top + height
  return [
    `<text x="${size.left}" y="${top + 18}" font-weight="bold">${curve.title} (${curve.unit})</text>`,
    `<path d="M${size.left} ${top + size.top}V${base}H${size.width - size.right}" fill="none" stroke="#888"/>`,
    `<text x="${size.left - 6}" y="${top + size.top + 4}" text-anchor="end">${shortNumber(most)}</text>`,
    `<text x="${size.left - 6}" y="${base + 4}" text-anchor="end">0</text>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#0b62a8" stroke-width="2"/>`,
    ...steps.map((step, index) => {
      const isIt = step.cpu === recommendedCpu
      const mark = `<circle cx="${x(index).toFixed(1)}" cy="${y(curve.value(step)).toFixed(1)}" r="${isIt ? 6 : 3}" fill="${isIt ? '#c2410c' : '#0b62a8'}"/>`
      return `${mark}<text x="${x(index).toFixed(1)}" y="${base + 16}" text-anchor="middle">${step.cpu} CPU</text>`
    }),
  ].join('\n')
}

function shortNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2)
}
