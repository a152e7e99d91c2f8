import test from 'ava'
import { judgeMetrics, type MetricGate } from '../../../core/rollout/metricGate.ts'

const gate = (part: Partial<MetricGate>): MetricGate => ({ min: new Map(), max: new Map(), better: new Map(), ...part })
const version = (label: string, metrics: Record<string, number>) => ({
  label,
  metrics: new Map(Object.entries(metrics)),
})
const faults = (...args: Parameters<typeof judgeMetrics>) => judgeMetrics(...args).faults

test('lower is better where lower was asked for, and higher where higher was', (t) => {
  // The deprecated action compared both with the same "<", and so refused the better of two errors.
  const served = version('m:1', { rmse: 60, accuracy: 0.8 })
  const lower = gate({ better: new Map([['rmse', 'lower']]) })
  const higher = gate({ better: new Map([['accuracy', 'higher']]) })
  t.deepEqual(faults(lower, version('m:2', { rmse: 54 }), served), [])
  t.deepEqual(faults(lower, version('m:2', { rmse: 66 }), served), [
    'rmse of m:2 is 66, not lower than the 60 of m:1, which serves',
  ])
  t.deepEqual(faults(higher, version('m:2', { accuracy: 0.9 }), served), [])
  t.deepEqual(faults(higher, version('m:2', { accuracy: 0.7 }), served), [
    'accuracy of m:2 is 0.7, not higher than the 0.8 of m:1, which serves',
  ])
})

test('the same value is not better, and a limit is met by reaching it', (t) => {
  const same = version('m:2', { rmse: 60 })
  t.is(faults(gate({ better: new Map([['rmse', 'lower']]) }), same, version('m:1', { rmse: 60 })).length, 1)
  const limits = gate({ min: new Map([['rmse', 60]]), max: new Map([['rmse', 60]]) })
  t.deepEqual(faults(limits, same, undefined), [])
  t.deepEqual(faults(limits, version('m:2', { rmse: 60.1 }), undefined), ['rmse of m:2 is 60.1, more than 60'])
  t.deepEqual(faults(limits, version('m:2', { rmse: -60 }), undefined), ['rmse of m:2 is -60, less than 60'])
})

test('a metric that is missing fails once, and with nothing that serves there is nothing to beat', (t) => {
  const all = gate({ min: new Map([['auc', 0.5]]), max: new Map([['auc', 1]]), better: new Map([['auc', 'higher']]) })
  t.deepEqual(faults(all, version('m', {}), undefined), ['m has no metric "auc"'])
  t.deepEqual(faults(all, version('m', { auc: 0.6 }), undefined), [])
  t.deepEqual(judgeMetrics(all, version('m:2', { auc: 0.6 }), version('m:1', {})), {
    faults: [],
    warnings: ['m:1, which serves, has no metric "auc" to be compared with.'],
  })
})
