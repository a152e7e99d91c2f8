import test from 'ava'
import { defaultRows } from '../../scripts/generate/defaultsTable.ts'

test('what a deployment configuration does not say is as v1 had it, or listed as different with the reason', (t) => {
  const rows = defaultRows()
  for (const { key, v1, here, difference } of rows) {
    const targets = (['local', 'aci', 'aks'] as const).filter((target) => target in v1 && target in here)
    const others = targets.filter((target) => v1[target] !== here[target])
    if (difference === undefined) t.deepEqual(others, [], key)
    else t.true(others.length > 0 && difference.length > 20, `${key} is listed as different and is not`)
  }
  // Of what v1 stated, nothing is left out.
  const stated = rows.flatMap(({ v1 }) => Object.keys(v1))
  t.is(stated.filter((target) => target === 'aci').length, 9)
  t.is(stated.filter((target) => target === 'aks').length, 24)
})
