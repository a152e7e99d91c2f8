import type { Phase } from './timeline.ts'

/** How long each step of a rollout took, as lines of a summary: in words, and as a chart. None where nothing was done. */
export function rolloutTimes(phases: readonly Phase[] = []): readonly string[] {
  if (phases.length === 0) return []
  const words = phases.map(({ title, from, to }) => `${title} in ${seconds(from, to)}`)
  return ['', `Took: ${words.join(', ')}.`, '', timelineChart(phases)]
}

/** Which step took how long, and what served meanwhile. */
function timelineChart(phases: readonly Phase[]): string {
  const lines: string[] = []
  let serving: string | undefined
  for (const phase of phases) {
    if (phase.serving !== serving) lines.push(`  section ${words(phase.serving)}`)
    serving = phase.serving
    // What took no time at all is not drawn.
    const to = Math.max(milliseconds(phase.to), milliseconds(phase.from) + 1)
    lines.push(`  ${words(phase.title)} (${seconds(phase.from, phase.to)}) :${milliseconds(phase.from)}, ${to}`)
  }
  // The axis counts seconds, because times of day would be those of whoever looks.
  return [
    '```mermaid',
    'gantt',
    '  title What served, and what was done meanwhile',
    '  dateFormat x',
    '  axisFormat %s s',
    ...lines,
    '```',
  ].join('\n')
}

const milliseconds = (time: number): number => Math.round(time * 1000)
const seconds = (from: number, to: number): string => `${(to - from).toFixed(1)} s`

/** Without what has a meaning in a chart. */
function words(text: string): string {
  return text
    .replaceAll(/[:;#,]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
