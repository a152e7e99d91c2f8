import { type Findings, promises } from './findings.ts'
import { failureReasons, requestFigures } from './requestFigures.ts'
import type { Story } from './story.ts'

/** The tables at the end, and what of the promises held. Answers whether all did. */
export function report({ story, findings }: { readonly story: Story; readonly findings: Findings }): boolean {
  const { rollouts, exchanges } = findings
  const milliseconds = (value: number) => `${value.toFixed(1)} ms`
  story.table([
    ['rollout', 'outcome', 'took', 'requests meanwhile'],
    ...rollouts.map(({ from, to, outcome, seconds, requests }) => [
      ...[`${from} → ${to}`, outcome, `${seconds.toFixed(1)} s`, String(requests)],
    ]),
  ])
  story.table([
    ['answered by', 'version', 'requests', 'failed', 'p50', 'p95', 'slowest'],
    ...requestFigures(exchanges).map((row) => [
      ...[row.deployment ?? 'nobody', row.versions.join(', ') || '–', String(row.sent), String(row.failed)],
      ...[milliseconds(row.p50Milliseconds), milliseconds(row.p95Milliseconds), milliseconds(row.slowestMilliseconds)],
    ]),
  ])
  const reasons = failureReasons(exchanges)
  if (reasons.length > 0) story.plain(`\nFailed: ${reasons.join(', ')}.`)
  story.plain('')
  const promised = promises(findings)
  for (const { text, broken } of promised)
    story.plain(broken === undefined ? `✔ ${text}` : `✘ Not as promised: ${text} ${broken}`)
  return promised.every(({ broken }) => broken === undefined)
}

/** The findings as one line for programs. */
export function reportLine({ registered, rollouts, exchanges, served }: Findings): string {
  return JSON.stringify({
    registered,
    rollouts: rollouts.map(({ from, to, outcome }) => ({ from, to, outcome })),
    requests: { sent: exchanges.length, failed: exchanges.filter(({ failure }) => failure !== undefined).length },
    served: served ?? '',
  })
}
