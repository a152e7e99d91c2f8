import test from 'ava'
import { bulk } from '../../bulk.ts'
import { allFaults, type Faults, noFaults, planOf } from './simulation/plan.ts'
import { simulate } from './simulation/world.ts'

const soak = Number(process.env.AZUREML_CD_SOAK_REGISTRATIONS ?? 0)
const alone = soak || bulk('registrations with each fault alone', { all: 2000, sample: 100 })
const together = soak || bulk('registrations with all faults together', { all: 2000, sample: 1000 })
const seeds = (process.env.AZUREML_CD_SOAK_SEEDS ?? '1').split(',').map(Number)

const variants: Readonly<Record<string, Faults>> = {
  'no faults': noFaults,
  'events lost': { ...noFaults, lost: 0.2 },
  'events repeated': { ...noFaults, repeated: 0.3 },
  'events reordered': { ...noFaults, reordered: true },
  'destinations failing before they accept': { ...noFaults, destination: { ...noFaults.destination, failBefore: 0.1 } },
  'destinations failing after they accepted': { ...noFaults, destination: { ...noFaults.destination, failAfter: 0.1 } },
  'started runs that show late': { ...noFaults, destination: { failBefore: 0, failAfter: 0.1, showsAfter: 30_000 } },
  'processes killed': { ...noFaults, kills: 200 },
  'processes that stand still for minutes': { ...noFaults, freezes: 50 },
  'clocks that are wrong by minutes': { ...noFaults, skew: true },
  'all faults together': allFaults,
}

for (const [name, faults] of Object.entries(variants)) {
  const registrations = faults === allFaults ? together : alone
  for (const seed of seeds)
    test.serial(`${registrations} registrations start what they must, with ${name} (seed ${seed})`, async (t) => {
      t.timeout(3_600_000)
      const began = performance.now()
      const outcome = await simulate(planOf({ seed, registrations, models: 300, faults }))
      const { started, repeats, ignoredByKey, kills, freezes, virtualMinutes } = outcome
      t.log(
        `${started} started in ${virtualMinutes} virtual minutes and ${((performance.now() - began) / 1000).toFixed(1)} s; ${kills} kills, ${freezes} freezes, ${ignoredByKey} repeats ignored by key, ${repeats} repeats where nobody can tell`,
      )
      t.deepEqual(outcome.violations.slice(0, 10), [])
    })
}
