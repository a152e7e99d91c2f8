import test from 'ava'
import { ratioOf } from '../../bench/benchmark.ts'
import { interleaved, median } from '../../bench/interleaved.ts'
import { table } from '../../bench/table.ts'

test('contenders take turns, every other round backwards, and the medians count', async (t) => {
  const turns: string[] = []
  const figures = [3, 30, 20, 2, 1, 10]
  const run = (name: string) => async () => {
    turns.push(name)
    return figures.shift() ?? Number.NaN
  }
  const contenders = { ours: run('ours'), theirs: run('theirs') }
  const said: string[] = []
  const medians = await interleaved({
    contenders,
    runs: 3,
    unit: 'ms',
    title: 'A race',
    say: (line) => said.push(line),
  })
  t.deepEqual(turns, ['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs'])
  t.is(medians.get('ours'), 2)
  t.is(medians.get('theirs'), 20)
  t.is(said[1], 'A race, run 2 of 3, ms: ours 2.00, theirs 20.0')
})

test('the median of an even number of runs lies between the middle two', (t) => {
  t.is(median([4, 1, 100, 2]), 3)
})

test('a ratio above 1 is ours being better, whether more or less is good', (t) => {
  const figure = { name: 'x', ours: 100, unit: 'ms', rival: 'them', theirs: 250 } as const
  t.is(ratioOf({ ...figure, better: 'less' }), 2.5)
  t.is(ratioOf({ ...figure, better: 'more' }), 0.4)
  t.is(ratioOf({ ...figure, better: 'more', theirs: undefined }), undefined)
})

test('the table says which goals are met and why a rival is missing', (t) => {
  const common = { unit: 'MiB/s', better: 'more', target: 1.5 } as const
  const shown = table([
    { ...common, name: 'fast', ours: 300, rival: 'them', theirs: 150 },
    { ...common, name: 'slow', ours: 150, rival: 'them', theirs: 150 },
    { ...common, name: 'alone', ours: 150, rival: 'them (not measured: not installed)', theirs: undefined },
  ])
  t.regex(shown, /^fast .* 2\.00 {2}≥ 1\.5 met/m)
  t.regex(shown, /^slow .* 1\.00 {2}≥ 1\.5 MISSED/m)
  t.regex(shown, /^alone .*not measured: not installed/m)
})
