import test from 'ava'
import { withoutCharts } from '../../../core/charts.ts'
import { mermaidCharts, stepTable } from '../../../core/operations/profileCharts.ts'
import { loadFigures } from '../../../core/runtime/profile/statistics.ts'

test('the steps of a profile are a table everywhere, and curves where charts are drawn', (t) => {
  const sample = (milliseconds: number) => ({ milliseconds, succeeded: true })
  const step = (cpu: number, milliseconds: number) => ({
    ...{ cpu, memoryGiB: 1, peak: { cpu, memoryGiB: 0.5 } },
    figures: loadFigures([sample(milliseconds), sample(milliseconds)], 1),
  })
  const steps = [step(0.5, 20), step(1, 10)]
  const charts = mermaidCharts(steps)
  t.true(
    charts.startsWith(`\`\`\`mermaid
xychart-beta
  title "Requests answered in a second"
  x-axis "CPU" ["0.5", "1"]
  y-axis "1/s"
  line [2.00, 2.00]
\`\`\`

\`\`\`mermaid
xychart-beta
  title "Latency, 95th percentile"`),
    charts,
  )
  t.regex(charts, /line \[20\.00, 10\.00\]/)
  const table = stepTable(steps)
  t.is(withoutCharts(`${table}\n\n${charts}`), `${table}\n\n`)
})
