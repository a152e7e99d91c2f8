import test from 'ava'
import { withoutCharts } from '../../../core/charts.ts'
import type { Step } from '../../../core/rollout/plan.ts'
import { Timeline } from '../../../core/rollout/timeline.ts'
import { rolloutTimes } from '../../../core/rollout/timelineText.ts'

async function rollout(steps: readonly (readonly [step: Step, seconds: number])[]): Promise<Timeline> {
  let now = 5000
  const timeline = new Timeline({ now: () => now, pause: async () => undefined }, { blue: 100 })
  for (const [step, seconds] of steps)
    await timeline.during(step, async () => {
      now += seconds * 1000
    })
  return timeline
}

test('a rollout is told as what was done, how long it took, and what served meanwhile', async (t) => {
  const timeline = await rollout([
    [{ kind: 'write', traffic: { blue: 100 } }, 0.5],
    [{ kind: 'create', deployment: 'green' }, 62],
    [{ kind: 'probe', deployment: 'green' }, 0.25],
    [{ kind: 'write', traffic: { green: 100 } }, 1],
    [{ kind: 'bake', deployment: 'green', seconds: 0 }, 0],
    [{ kind: 'delete', deployment: 'blue' }, 3],
    [{ kind: 'write', traffic: { green: 100 } }, 1],
  ])
  t.deepEqual(rolloutTimes(timeline.phases), [
    '',
    'Took: deploy green in 62.0 s, test green in 0.3 s, move traffic to green 100 % in 1.0 s, watch green in 0.0 s, delete blue in 3.0 s.',
    '',
    `\`\`\`mermaid
gantt
  title What served, and what was done meanwhile
  dateFormat x
  axisFormat %s s
  section blue 100 %
  deploy green (62.0 s) :500, 62500
  test green (0.3 s) :62500, 62750
  move traffic to green 100 % (1.0 s) :62750, 63750
  section green 100 %
  watch green (0.0 s) :63750, 63751
  delete blue (3.0 s) :63750, 66750
\`\`\``,
  ])
})

test('what failed is in it too, and a rollout that did nothing is not told', async (t) => {
  const timeline = await rollout([])
  t.deepEqual(rolloutTimes(timeline.phases), [])
  const wrong = new Error('It does not start.')
  await t.throwsAsync(
    timeline.during({ kind: 'create', deployment: 'green' }, () => Promise.reject(wrong)),
    { is: wrong },
  )
  t.deepEqual(timeline.phases, [{ title: 'deploy green', serving: 'blue 100 %', from: 0, to: 0 }])
})

test('where charts are not drawn, all but the charts is shown', (t) => {
  const chart = '```mermaid\ngantt\n  a :0, 1\n```'
  const code = '```\ncode\n```'
  t.is(withoutCharts(`# One\n\n${chart}\n\n${code}\n\n${chart}\n`), `# One\n\n${code}\n\n`)
  t.is(withoutCharts(`a\n${chart}`), 'a\n')
  t.is(withoutCharts(code), code)
})
